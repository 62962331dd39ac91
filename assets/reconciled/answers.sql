-- One row per order and situation about which Alipay+ was asked up to the day: what it said. Where nothing but the amount
-- of a paid payment did not fit the question it is PAID here: whoever reads it compares the amount with that of today.
-- Bound: day, amount_differs
SELECT
  evidence.source_id, evidence.order_key, evidence.situation,
  CASE WHEN evidence.answer = 'REVIEW' AND evidence.result_code = 'SUCCESS'
      AND LIST_CONTAINS($amount_differs, evidence.differences) THEN 'PAID' ELSE evidence.answer END AS answer,
  evidence.amount_minor, evidence.currency
FROM inquiries.evidence AS evidence
WHERE evidence.as_of_day = $day AND evidence.order_key <> ''
