-- The contracted line of every kind of fee, for each party of the payments behind the transactions looked at.
WITH parties AS (
  SELECT b.clearing_day, b.participant_agreement_id, b.settlement_currency, b.psp_id, b.merchant_id
  FROM fee_bases AS b
  GROUP BY b.clearing_day, b.participant_agreement_id, b.settlement_currency, b.psp_id, b.merchant_id
),
{fee_terms}
