-- The first pass over the day: payments whose fees are not plainly in order, and fee rows that have no such payment, each
-- by Alipay+ id and kind. Plain is the contracted amount in the settlement currency, in the set of the payment; where no rate is known, any amount
-- or none. That no id stands twice is for fee_repeated_ids to say.
WITH due AS (
  SELECT
    r.provider_transaction_id AS id, r.participant_agreement_id, r.settlement_currency AS currency, t.fee_kind,
    {fee_of_row} AS minor
  FROM rows_of_day AS r
  JOIN fee_open_terms AS t
    ON t.participant_agreement_id = r.participant_agreement_id
    AND t.settlement_currency = r.settlement_currency
    AND t.psp_id = COALESCE(r.psp_id, '')
    AND t.merchant_id = COALESCE(r.merchant_id, '')
  WHERE r.row_role = 'PAYMENT'
)
SELECT
  COALESCE(d.id, f.provider_transaction_id) AS id,
  COALESCE(d.fee_kind, f.fee_kind) AS fee_kind,
  d.id IS NULL AS is_alone
FROM due AS d
FULL OUTER JOIN fee_lines AS f ON f.provider_transaction_id = d.id AND f.fee_kind = d.fee_kind
WHERE COALESCE(d.id, f.provider_transaction_id) IS NOT NULL
  AND NOT COALESCE(
    f.fee_currency = d.currency AND f.participant_agreement_id = d.participant_agreement_id
    AND (d.minor IS NULL
      OR ABS(f.sign * f.fee_amount_minor - d.minor) <= (SELECT c.tolerance_minor FROM fee_contract AS c)),
    d.id IS NOT NULL AND d.minor IS NULL AND f.fee_kind IS NULL)
