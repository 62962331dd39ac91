-- One row per report row of a payment that the day before left open, as a break or because more is due: its place, which
-- is file id and line.
-- Bound: day; open_codes, the outcomes that leave it open
SELECT DISTINCT UNNEST(STRING_SPLIT(payment.lines, ' ')) AS place
FROM reconciled.payments AS payment
WHERE payment.as_of_day = $day - INTERVAL '1' DAY AND LIST_CONTAINS($open_codes, payment.code)
