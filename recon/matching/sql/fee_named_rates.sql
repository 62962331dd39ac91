-- One row per rate of the contract that is for one wallet or one merchant.
-- Reads: fee_rates
-- Columns:
--   rate_number  place in the contract, from 1
--   psp_id       wallet of the payer; *: any
--   merchant_id  the merchant; *: any
SELECT rate.rate_number, rate.psp_id, rate.merchant_id
FROM fee_rates AS rate
WHERE rate.psp_id <> '*' OR rate.merchant_id <> '*'
