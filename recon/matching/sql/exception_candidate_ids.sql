-- One row per request id that may be an exception.
-- Request ids that the decision tables have to look at on this day.
-- Reads: exception_candidate_rows, exception_candidate_transactions, ids_on_several_rows, near_pairs, opening_items,
--   reported_before_own_day, rows_of_day, unmatched_or_differing
-- Columns:
--   id  paymentRequestId or refundRequestId; may be null
SELECT candidate.payment_request_id AS id FROM unmatched_or_differing AS candidate
UNION
SELECT candidate.request_id AS id FROM unmatched_or_differing AS candidate
UNION
SELECT repeated.id FROM ids_on_several_rows AS repeated
UNION
SELECT report_row.request_id AS id FROM exception_candidate_rows AS report_row
UNION
SELECT report_row.original_request_id AS id FROM exception_candidate_rows AS report_row
UNION
SELECT opening.request_id AS id FROM opening_items AS opening
UNION
SELECT early.payment_request_id AS id FROM reported_before_own_day AS early
UNION
SELECT near_pair.earlier_request_id AS id FROM near_pairs AS near_pair
UNION
SELECT near_pair.later_request_id AS id FROM near_pairs AS near_pair
UNION
SELECT report_row.request_id AS id
FROM rows_of_day AS report_row
WHERE report_row.row_role = 'PAYMENT'
  AND report_row.provider_transaction_id IN (SELECT candidate_transaction.id FROM exception_candidate_transactions
    AS candidate_transaction)
