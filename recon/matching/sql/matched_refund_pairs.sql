-- One row per refund of the day and report row that the first pass paired: found by a join of its own, as
-- `matched_payment_pairs`.
-- Reads: frozen_refunds, other_rows, parameters, scope_refunds
-- Columns:
--   source_id    where the refund comes from
--   refund_key   its key there
--   file_id      file name and version that the row was read from
--   line_number  line of that file, from 1
SELECT own_refund.source_id, own_refund.refund_key, report_row.file_id, report_row.line_number
FROM frozen_refunds AS own_refund
CROSS JOIN parameters AS day
JOIN other_rows AS report_row ON report_row.request_id = own_refund.refund_request_id
LEFT JOIN scope_refunds AS in_scope ON in_scope.source_id = own_refund.source_id
  AND in_scope.refund_key = own_refund.refund_key
WHERE own_refund.effective_at >= day.day_start_at
  AND own_refund.effective_at < day.day_end_at
  AND in_scope.refund_key IS NULL
