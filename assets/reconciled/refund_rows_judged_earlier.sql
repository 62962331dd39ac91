-- One row per refund or report row that is not a payment, if it had an outcome on an earlier day: the refund of ours,
-- whose key is null while there was none, and the place of the row, which is file id and line; empty: no row.
-- Bound: day
SELECT DISTINCT refund.source_id, refund.refund_key, UNNEST(STRING_SPLIT(COALESCE(refund.lines, ''), ' ')) AS place
FROM reconciled.refunds AS refund
WHERE refund.as_of_day < $day
