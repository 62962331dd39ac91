-- One row per report row that is not a payment and had an outcome on an earlier day, and the refund of ours that it
-- belonged to: its key is null while there was none. Its place is file id and line.
-- Bound: day
SELECT DISTINCT refund.source_id, refund.refund_key, UNNEST(STRING_SPLIT(refund.lines, ' ')) AS place
FROM reconciled.refunds AS refund
WHERE refund.as_of_day < $day AND refund.lines IS NOT NULL
