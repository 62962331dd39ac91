-- One row per party of the payments of the day and kind of fee.
-- The contracted line of every kind of fee, for each party of the day's payments.
-- Reads: fee_parties, fee_rates
-- Columns:
--   clearing_day              clearing day (UTC+8) of the report
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   psp_id                    wallet of the payer; empty: not known
--   merchant_id               the merchant; empty: not known
--   fee_kind                  kind of fee in the words of the contract, else as delivered
--   rate_number               which rate of the contract applies; the first, if the rate is not known
--   millionths                share of the amount in millionths
--   fixed_minor               fixed part of the fee, minor units
--   minimum_minor             lowest fee, minor units
--   cap_minor                 highest fee, minor units; null: none
--   rounding                  how a fraction is rounded: UP, DOWN, HALF_UP, HALF_EVEN
--   step_minor                multiple that the fee is rounded to, minor units; 1: none
--   returned                  what is returned with a refund: none, full, or its share
--   is_rate_known             which rate applies is known; else the figures are the least of those that may apply
WITH parties AS (
  SELECT party.* FROM fee_parties AS party
),
{fee_terms}
