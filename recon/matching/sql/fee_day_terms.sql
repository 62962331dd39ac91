-- The contracted line of every kind of fee, for each party of the day's payments.
WITH parties AS (
  SELECT
    r.clearing_day, r.participant_agreement_id, r.settlement_currency,
    COALESCE(r.psp_id, '') AS psp_id, COALESCE(r.merchant_id, '') AS merchant_id
  FROM rows_of_day AS r
  WHERE r.row_role = 'PAYMENT'
  GROUP BY r.clearing_day, r.participant_agreement_id, r.settlement_currency, r.psp_id, r.merchant_id
),
{fee_terms}
