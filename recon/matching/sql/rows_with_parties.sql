-- One row per report row of the day.
-- The rows of the day as the contract on fees looks at them: wallet and merchant are those of the row, else of our order.
-- Reads: fee_own_parties, rows_of_day
-- Columns:
--   file_id                   file name and version that the row was read from
--   line_number               line of that file, from 1
--   clearing_day              clearing day (UTC+8) of the report
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   row_role                  how the type is understood: PAYMENT, REFUND, OTHER
--   request_id                the paymentRequestId or refundRequestId of the row
--   provider_transaction_id   the paymentId or refundId of Alipay+
--   amount_minor              amount, minor units
--   currency                  currency of the amount
--   settlement_amount_minor   amount in the settlement currency, minor units
--   psp_id                    wallet of the payer; empty: not known
--   merchant_id               the merchant; empty: not known
SELECT
  report_row.file_id, report_row.line_number, report_row.clearing_day, report_row.participant_agreement_id,
  report_row.settlement_currency, report_row.row_role, report_row.request_id, report_row.provider_transaction_id,
  report_row.amount_minor, report_row.currency, report_row.settlement_amount_minor,
  COALESCE(report_row.psp_id, party.psp_id, '') AS psp_id,
  COALESCE(report_row.merchant_id, party.merchant_id, '') AS merchant_id
FROM rows_of_day AS report_row
LEFT JOIN fee_own_parties AS party
  ON party.file_id = report_row.file_id AND party.line_number = report_row.line_number
