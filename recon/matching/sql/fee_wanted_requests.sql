-- One row per request id.
-- Request ids for the same: of rows without an Alipay+ id, of fee rows whose id no payment has, of what was open
-- before, of earlier refunds without an Alipay+ id whose payment comes only now.
-- Reads: fee_early_refunds, fee_rows_of_day, fee_unmatched_or_differing, opening_fees, rows_of_day
-- Columns:
--   id  request id
SELECT fee_row.request_id AS id
FROM fee_rows_of_day AS fee_row
JOIN fee_unmatched_or_differing AS candidate ON candidate.id = fee_row.provider_transaction_id
WHERE candidate.is_alone AND fee_row.request_id IS NOT NULL
UNION
SELECT fee_row.request_id AS id FROM fee_rows_of_day AS fee_row WHERE fee_row.provider_transaction_id IS NULL
UNION
SELECT report_row.request_id AS id FROM rows_of_day AS report_row WHERE report_row.provider_transaction_id IS NULL
UNION
SELECT opening.transaction_id AS id FROM opening_fees AS opening
UNION
SELECT opening.request_id AS id FROM opening_fees AS opening WHERE opening.request_id IS NOT NULL
UNION
SELECT refund.request_id AS id FROM fee_early_refunds AS refund WHERE refund.id IS NULL
