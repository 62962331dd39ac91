-- One row per report row of a payment or refund that the day before left open, as a break or because more is due: its
-- place, which is file id and line.
-- Bound: day; open_codes, the outcomes that leave it open
SELECT DISTINCT UNNEST(STRING_SPLIT(outcome.lines, ' ')) AS place
FROM (
  SELECT payment.as_of_day, payment.code, payment.lines FROM reconciled.payments AS payment
  UNION ALL
  SELECT refund.as_of_day, refund.code, refund.lines FROM reconciled.refunds AS refund
) AS outcome
WHERE outcome.as_of_day = $day - INTERVAL '1' DAY AND LIST_CONTAINS($open_codes, outcome.code)
