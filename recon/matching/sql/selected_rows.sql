-- One row per payment row of the day that a later statement may ask for.
-- All that read the rows of the day after this read these, so that the large input is read once: payments that need the
-- decision tables, payments whose fees do, and payments that a refund of the day names.
-- Reads: exception_candidate_ids, exception_candidate_transactions, fee_early_refunds, fee_wanted, fee_wanted_requests,
--   orders_in_scope, other_rows, rows_of_day
-- Columns:
--   rows_of_day.*  its columns, unchanged
WITH requests AS (
  SELECT candidate_id.id FROM exception_candidate_ids AS candidate_id
  UNION
  SELECT own_order.payment_request_id FROM orders_in_scope AS own_order
  UNION
  SELECT wanted_request.id FROM fee_wanted_requests AS wanted_request
  UNION
  SELECT report_row.original_request_id FROM other_rows AS report_row
),
transactions AS (
  SELECT candidate_transaction.id FROM exception_candidate_transactions AS candidate_transaction
  UNION
  SELECT wanted.id FROM fee_wanted AS wanted
  UNION
  SELECT refund.payment_id FROM fee_early_refunds AS refund
  UNION
  SELECT report_row.original_provider_transaction_id FROM other_rows AS report_row
)
SELECT report_row.*
FROM rows_of_day AS report_row
LEFT JOIN requests AS request ON request.id = report_row.request_id
LEFT JOIN transactions AS named ON named.id = report_row.provider_transaction_id
WHERE report_row.row_role = 'PAYMENT' AND (request.id IS NOT NULL OR named.id IS NOT NULL)
