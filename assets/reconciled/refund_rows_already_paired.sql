-- One row per report row that belonged to a refund of ours on an earlier day: its place is file id and line.
-- Bound: day
SELECT refund.source_id, refund.refund_key, UNNEST(STRING_SPLIT(refund.lines, ' ')) AS place
FROM reconciled.refunds AS refund
WHERE refund.as_of_day < $day AND refund.refund_key IS NOT NULL AND refund.lines IS NOT NULL
