-- One row per order about which Alipay+ was asked up to the day: what it said.
-- Bound: day
SELECT
  evidence.source_id, evidence.order_key, evidence.situation, evidence.answer, evidence.amount_minor, evidence.currency
FROM inquiries.evidence AS evidence
WHERE evidence.as_of_day = $day AND evidence.order_key <> ''
