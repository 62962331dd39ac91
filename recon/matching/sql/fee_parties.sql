-- One row per party of the payments of the day: those who share an agreement, a settlement currency, a wallet and a
-- merchant, and so a line of the contract.
-- Reads: rows_with_parties
-- Columns:
--   clearing_day              clearing day (UTC+8) of the report
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   psp_id                    wallet of the payer; empty: not known
--   merchant_id               the merchant; empty: not known
SELECT DISTINCT
  report_row.clearing_day, report_row.participant_agreement_id, report_row.settlement_currency,
  report_row.psp_id, report_row.merchant_id
FROM rows_with_parties AS report_row
WHERE report_row.row_role = 'PAYMENT'
