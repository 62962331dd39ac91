-- One row per fee row of the day.
-- The fee rows of the day; their kind in the words of the contract, or as delivered.
-- Reads: fee_kinds, fee_rows_of_day
-- Columns:
--   file_id                   file name and version that the row was read from
--   line_number               line of that file, from 1
--   clearing_day              clearing day (UTC+8) of the report
--   settlement_currency       currency in which Alipay+ pays
--   participant_agreement_id  the agreement under which Alipay+ pays
--   request_id                the paymentRequestId or refundRequestId of the row
--   provider_transaction_id   the paymentId or refundId of Alipay+
--   sign                      +1: towards us. -1: away from us. Of a fee: +1 is paid, -1 is returned
--   fee_amount_minor          amount of the fee row without sign, minor units
--   fee_currency              currency of the fee; the settlement currency where the row names none, or is of zero
--   fee_kind                  kind of fee in the words of the contract, else as delivered
SELECT
  fee_row.file_id, fee_row.line_number, fee_row.clearing_day, fee_row.settlement_currency,
  fee_row.participant_agreement_id, fee_row.request_id,
  fee_row.provider_transaction_id, fee_row.sign, fee_row.fee_amount_minor,
  CASE WHEN fee_row.fee_amount_minor = 0 THEN fee_row.settlement_currency
    ELSE COALESCE(fee_row.fee_currency, fee_row.settlement_currency) END AS fee_currency,
  COALESCE(kind.fee_kind, NULLIF(UPPER(TRIM(fee_row.fee_type)), ''), 'FEE') AS fee_kind
FROM fee_rows_of_day AS fee_row
LEFT JOIN fee_kinds AS kind ON kind.fee_type = UPPER(TRIM(fee_row.fee_type))
