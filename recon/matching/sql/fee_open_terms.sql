-- What the first pass holds against the fee rows of the day: the contracted lines, or without a contract every kind that
-- the fee reports name, with nothing to compute.
SELECT t.*
FROM fee_day_terms AS t
UNION ALL
SELECT
  p.clearing_day, p.participant_agreement_id, p.settlement_currency, p.psp_id, p.merchant_id, k.fee_kind,
  CAST(NULL AS INTEGER), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
  CAST(NULL AS VARCHAR), CAST(NULL AS BIGINT), CAST(NULL AS VARCHAR)
FROM (
  SELECT
    r.clearing_day, r.participant_agreement_id, r.settlement_currency,
    COALESCE(r.psp_id, '') AS psp_id, COALESCE(r.merchant_id, '') AS merchant_id
  FROM rows_of_day AS r
  WHERE r.row_role = 'PAYMENT'
  GROUP BY r.clearing_day, r.participant_agreement_id, r.settlement_currency, r.psp_id, r.merchant_id
) AS p
CROSS JOIN (SELECT f.fee_kind FROM fee_lines AS f GROUP BY f.fee_kind) AS k
CROSS JOIN fee_contract AS c
WHERE NOT c.has_rates
