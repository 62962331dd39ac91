-- One row per transaction row and kind of fee.
-- What the contract says of each of these transactions and each kind of fee: due to Alipay+, or (negative) due to us.
-- Reads: fee_base_parties, fee_scope_terms, fee_transactions
-- Columns:
--   transaction_id           the paymentId or refundId that the fee belongs to
--   file_id                  file name and version that the row was read from
--   line_number              line of that file, from 1
--   clearing_day             clearing day (UTC+8) of the report
--   row_role                 how the type is understood: PAYMENT, REFUND, OTHER
--   copy_number              1 for the first of exact repeats, 2 for the next
--   settlement_amount_minor  amount in the settlement currency, minor units
--   fee_kind                 kind of fee in the words of the contract, else as delivered
--   rate_number              which rate of the contract applies; the first, if the rate is not known
--   is_exact                 the amount is known exactly
--   due_minor                fee by the contract: to Alipay+, or negative to us; minor units; null: the rate is not
--                            known
--   least_minor              the same, or the least that it can be
WITH charged AS (
  SELECT
    base.*, term.fee_kind, term.rate_number, term.millionths, term.rounding, term.step_minor, term.returned,
    term.is_rate_known, {fee_of_base} AS paid_fee
  FROM fee_base_parties AS base
  JOIN fee_scope_terms AS term
    ON term.clearing_day = base.clearing_day
    AND term.participant_agreement_id = base.participant_agreement_id
    AND term.settlement_currency = base.settlement_currency
    AND term.psp_id = base.psp_id
    AND term.merchant_id = base.merchant_id
),
due AS (
  SELECT
    fee_transaction.transaction_id, fee_transaction.file_id, fee_transaction.line_number, fee_transaction.clearing_day,
    fee_transaction.row_role, fee_transaction.copy_number, fee_transaction.settlement_amount_minor,
    charged.fee_kind, charged.rate_number, charged.is_rate_known, charged.is_base_known,
    fee_transaction.row_role = 'REFUND' AND charged.returned = 'none' AS is_never_returned,
    CASE
      WHEN fee_transaction.row_role = 'PAYMENT' THEN charged.paid_fee
      ELSE {due_of_refund}
    END AS least_minor
  FROM fee_transactions AS fee_transaction
  JOIN charged ON charged.file_id = fee_transaction.file_id AND charged.line_number = fee_transaction.line_number
)
SELECT
  due.transaction_id, due.file_id, due.line_number, due.clearing_day, due.row_role, due.copy_number,
  due.settlement_amount_minor, due.fee_kind, due.rate_number,
  (due.is_base_known AND due.is_rate_known) OR due.is_never_returned AS is_exact,
  CASE WHEN due.is_rate_known OR due.is_never_returned THEN due.least_minor END AS due_minor, due.least_minor
FROM due
