-- One row per Alipay+ id whose fees the first pass does not settle. Settled is a payment of which each fee row is the
-- contracted amount in the settlement currency, in the set of the payment, each kind of the contract is there, and none
-- twice. Where no rate is known, or which one applies, any amount or none will do. An id on several rows is never settled if there is a fee:
-- each fee row is then seen twice.
-- Reads: fee_contract, fee_lines, fee_matched_refunds, fee_open_terms, rows_with_parties
-- Columns:
--   id        Alipay+ id
--   is_alone  a fee row of it has no payment of the day for which its kind is known
WITH parties AS (
  SELECT DISTINCT
    term.party_number, term.participant_agreement_id, term.settlement_currency, term.psp_id, term.merchant_id,
    term.due_count
  FROM fee_open_terms AS term
),
payments AS (
  SELECT
    report_row.provider_transaction_id AS id, report_row.settlement_amount_minor, party.party_number,
    COALESCE(party.due_count, 0) AS due_count
  FROM rows_with_parties AS report_row
  LEFT JOIN parties AS party
    ON party.participant_agreement_id = report_row.participant_agreement_id
    AND party.settlement_currency = report_row.settlement_currency
    AND party.psp_id = report_row.psp_id
    AND party.merchant_id = report_row.merchant_id
  WHERE report_row.row_role = 'PAYMENT'
),
paired AS (
  SELECT
    COALESCE(payment.id, fee_line.provider_transaction_id) AS id,
    payment.due_count, term.rate_number,
    COALESCE(term.kind_bit, 0) AS kind_bit,
    fee_line.provider_transaction_id IS NOT NULL AND term.fee_kind IS NULL AS is_alone,
    fee_line.provider_transaction_id IS NULL OR COALESCE(
      fee_line.fee_currency = term.settlement_currency
      AND fee_line.settlement_currency = term.settlement_currency
      AND fee_line.participant_agreement_id = term.participant_agreement_id
      AND (term.millionths IS NULL
        OR (payment.settlement_amount_minor <= term.largest_minor
          AND ABS(fee_line.sign * fee_line.fee_amount_minor - {fee_of_payment})
            <= (SELECT contract.tolerance_minor FROM fee_contract AS contract))),
      FALSE) AS is_right
  FROM fee_lines AS fee_line
  FULL OUTER JOIN payments AS payment ON payment.id = fee_line.provider_transaction_id
  LEFT JOIN fee_open_terms AS term
    ON term.party_number = payment.party_number AND term.fee_kind = fee_line.fee_kind
),
open_groups AS (
  SELECT pair.id, MAX(pair.is_alone) AS is_alone
  FROM paired AS pair
  WHERE pair.id IS NOT NULL
  GROUP BY pair.id
  HAVING NOT COALESCE(
    MIN(pair.is_right) AND COUNT(pair.rate_number) = MIN(pair.due_count) AND SUM(pair.kind_bit) = BIT_OR(pair.kind_bit),
    FALSE)
)
SELECT open_group.id, open_group.is_alone
FROM open_groups AS open_group
LEFT JOIN fee_matched_refunds AS matched_refund
  ON matched_refund.id = CASE WHEN open_group.is_alone THEN open_group.id END
WHERE matched_refund.id IS NULL
