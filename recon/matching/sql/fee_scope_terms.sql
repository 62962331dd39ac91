-- One row per party and kind of fee.
-- The contracted line of every kind of fee, for each party of the payments behind the transactions looked at.
-- Reads: fee_base_parties, fee_rates
-- Columns:
--   fee_day_terms.*  its columns, unchanged
WITH parties AS (
  SELECT base.clearing_day, base.participant_agreement_id, base.settlement_currency, base.psp_id, base.merchant_id
  FROM fee_base_parties AS base
  GROUP BY base.clearing_day, base.participant_agreement_id, base.settlement_currency, base.psp_id, base.merchant_id
),
{fee_terms}
