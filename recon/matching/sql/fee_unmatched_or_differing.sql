-- One row per transaction and kind of fee that the first pass does not settle: a payment whose fee is not the
-- contracted amount in the settlement currency, in the set of the payment (where no rate is known, any amount or none
-- will do), or a fee row that has no such payment. Ids on several rows are found by fee_repeated_ids.
-- Reads: fee_contract, fee_lines, fee_open_terms, rows_of_day
-- Columns:
--   id        Alipay+ id
--   fee_kind  kind of fee in the words of the contract, else as delivered
--   is_alone  fee row without such a payment
WITH due AS (
  SELECT
    report_row.provider_transaction_id AS id, report_row.participant_agreement_id,
    report_row.settlement_currency AS currency, term.fee_kind,
    {fee_of_row} AS minor
  FROM rows_of_day AS report_row
  JOIN fee_open_terms AS term
    ON term.participant_agreement_id = report_row.participant_agreement_id
    AND term.settlement_currency = report_row.settlement_currency
    AND term.psp_id = COALESCE(report_row.psp_id, '')
    AND term.merchant_id = COALESCE(report_row.merchant_id, '')
  WHERE report_row.row_role = 'PAYMENT'
)
SELECT
  COALESCE(due.id, fee_line.provider_transaction_id) AS id,
  COALESCE(due.fee_kind, fee_line.fee_kind) AS fee_kind,
  due.id IS NULL AS is_alone
FROM due
FULL OUTER JOIN fee_lines AS fee_line ON fee_line.provider_transaction_id = due.id AND fee_line.fee_kind = due.fee_kind
WHERE COALESCE(due.id, fee_line.provider_transaction_id) IS NOT NULL
  AND NOT COALESCE(
    fee_line.fee_currency = due.currency AND fee_line.participant_agreement_id = due.participant_agreement_id
    AND (due.minor IS NULL
      OR ABS(fee_line.sign * fee_line.fee_amount_minor
        - due.minor) <= (SELECT contract.tolerance_minor FROM fee_contract AS contract)),
    due.id IS NOT NULL AND due.minor IS NULL AND fee_line.fee_kind IS NULL)
