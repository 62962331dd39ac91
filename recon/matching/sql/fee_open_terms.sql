-- One row per party of the payments of the day and kind of fee.
-- What the first pass holds against the fee rows of the day: the contracted lines, or without a contract every kind
-- that the fee reports name, with nothing to compute.
-- Reads: fee_contract, fee_day_terms, fee_lines, fee_parties
-- Columns:
--   party_number              number of the party, from 1
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   psp_id                    wallet of the payer; empty: none named
--   merchant_id               the merchant; empty: none named
--   fee_kind                  kind of fee in the words of the contract, else as delivered
--   rate_number               which rate of the contract applies; null: no contract
--   kind_bit                  a power of two for the kind: in a sum of them each kind is seen, and one that is there twice
--   due_count                 kinds of fee that the contract has for the party
--   largest_minor             largest amount whose fee can be computed in 64 bits, minor units; null: no rate, or none that is known to apply
--   millionths                share of the amount in millionths; null: no rate, or none that is known to apply
--   fixed_minor               fixed part of the fee, minor units
--   minimum_minor             lowest fee, minor units
--   cap_minor                 highest fee, minor units; null: none
--   rounding                  how a fraction is rounded: UP, DOWN, HALF_UP, HALF_EVEN
--   step_minor                multiple that the fee is rounded to, minor units; 1: none
WITH terms AS (
  SELECT
    term.participant_agreement_id, term.settlement_currency, term.psp_id, term.merchant_id, term.fee_kind,
    term.rate_number, CASE WHEN term.is_rate_known THEN term.millionths END AS millionths, term.fixed_minor,
    term.minimum_minor, term.cap_minor, term.rounding, term.step_minor
  FROM fee_day_terms AS term
  UNION ALL
  SELECT
    party.participant_agreement_id, party.settlement_currency, party.psp_id, party.merchant_id, kind.fee_kind,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM fee_parties AS party
  CROSS JOIN (
    SELECT DISTINCT fee_line.fee_kind
    FROM fee_lines AS fee_line
    JOIN fee_contract AS contract ON NOT contract.has_rates
  ) AS kind
)
SELECT
  CAST(DENSE_RANK() OVER (
    ORDER BY term.participant_agreement_id, term.settlement_currency, term.psp_id, term.merchant_id
  ) AS INTEGER) AS party_number,
  term.participant_agreement_id, term.settlement_currency, term.psp_id, term.merchant_id, term.fee_kind,
  term.rate_number,
  1 << CAST((DENSE_RANK() OVER (ORDER BY term.fee_kind) - 1) % 30 AS INTEGER) AS kind_bit,
  CAST(COUNT(term.rate_number) OVER (
    PARTITION BY term.participant_agreement_id, term.settlement_currency, term.psp_id, term.merchant_id
  ) AS INTEGER) AS due_count,
  4000000000000000000 // (term.millionths + 1) AS largest_minor,
  term.millionths, term.fixed_minor, term.minimum_minor, term.cap_minor, term.rounding, term.step_minor
FROM terms AS term
