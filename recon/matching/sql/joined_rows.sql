-- One row per payment of the reports.
-- Payment rows under the id by which they join: their own request id, or the one of the order that adopted them.
-- Reads: adopted_rows, payment_rows
-- Columns:
--   payment_rows.*  its columns, unchanged
--   join_id         paymentRequestId under which the row joins
--   is_adopted      joined by the Alipay+ id, not by the request id
SELECT reported.*, COALESCE(adopted.payment_request_id, reported.request_id) AS join_id,
  adopted.payment_request_id IS NOT NULL AS is_adopted
FROM payment_rows AS reported
LEFT JOIN adopted_rows AS adopted ON adopted.file_id = reported.file_id AND adopted.line_number = reported.line_number
