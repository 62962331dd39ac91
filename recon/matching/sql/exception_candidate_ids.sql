-- One row per request id that may be an exception.
-- Request ids that the decision tables have to look at on this day.
-- Reads: exception_candidate_rows, exception_candidate_transactions, rows_of_day, unsettled_ids
-- Columns:
--   id  paymentRequestId or refundRequestId; may be null
SELECT unsettled.id FROM unsettled_ids AS unsettled
UNION
SELECT report_row.request_id AS id FROM exception_candidate_rows AS report_row
UNION
SELECT report_row.original_request_id AS id FROM exception_candidate_rows AS report_row
UNION
SELECT report_row.request_id AS id
FROM rows_of_day AS report_row
WHERE report_row.row_role = 'PAYMENT'
  AND report_row.provider_transaction_id IN (SELECT candidate_transaction.id FROM exception_candidate_transactions
    AS candidate_transaction)
