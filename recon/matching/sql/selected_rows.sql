-- One row per payment row of the day that a later statement may ask for.
-- All that read the rows of the day after this read these, so that the large input is read once: payments that need the
-- decision tables, payments whose fees do, and payments that a refund of the day names.
-- Reads: exception_candidate_ids, exception_candidate_transactions, fee_early_refunds, fee_wanted, fee_wanted_requests,
--   orders_in_scope, other_rows, rows_of_day
-- Columns:
--   rows_of_day.*  its columns, unchanged
WITH requests AS (
  SELECT candidate_id.id FROM exception_candidate_ids AS candidate_id
  UNION ALL
  SELECT own_order.payment_request_id FROM orders_in_scope AS own_order
  UNION ALL
  SELECT wanted_request.id FROM fee_wanted_requests AS wanted_request
  UNION ALL
  SELECT report_row.original_request_id FROM other_rows AS report_row
),
transactions AS (
  SELECT candidate_transaction.id FROM exception_candidate_transactions AS candidate_transaction
  UNION ALL
  SELECT wanted.id FROM fee_wanted AS wanted
  UNION ALL
  SELECT refund.payment_id FROM fee_early_refunds AS refund
  UNION ALL
  SELECT report_row.original_provider_transaction_id FROM other_rows AS report_row
)
SELECT report_row.*
FROM rows_of_day AS report_row
WHERE report_row.row_role = 'PAYMENT'
  AND (report_row.request_id IN (SELECT request.id FROM requests AS request)
    OR report_row.provider_transaction_id IN (SELECT named.id FROM transactions AS named))
