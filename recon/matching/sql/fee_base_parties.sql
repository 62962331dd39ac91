-- One row per transaction row that is a payment or a refund.
-- The payment whose fee each transaction carries, with its wallet and merchant: those of its row, else of our order. Where
-- the orders of several days name different ones, none is known.
-- Reads: earlier_orders, fee_bases, fee_named_rates, fee_own_parties, frozen_orders
-- Columns:
--   fee_bases.*  its columns, unchanged; psp_id and merchant_id are empty if not known
WITH unnamed AS (
  SELECT DISTINCT base.paid_request_id, base.paid_transaction_id
  FROM fee_bases AS base
  JOIN (SELECT COUNT(*) AS rate_count FROM fee_named_rates AS rate) AS named ON named.rate_count > 0
  WHERE base.psp_id = '' OR base.merchant_id = ''
),
own_orders AS (
  SELECT own_order.payment_request_id, own_order.provider_payment_id, own_order.psp_id, own_order.merchant_id
  FROM frozen_orders AS own_order
  UNION ALL
  SELECT own_order.payment_request_id, own_order.provider_payment_id, own_order.psp_id, own_order.merchant_id
  FROM earlier_orders AS own_order
),
by_request AS (
  SELECT own_order.payment_request_id AS id,
    CASE WHEN MIN(own_order.psp_id) = MAX(own_order.psp_id) THEN MIN(own_order.psp_id) END AS psp_id,
    CASE WHEN MIN(own_order.merchant_id) = MAX(own_order.merchant_id) THEN MIN(own_order.merchant_id) END AS merchant_id
  FROM own_orders AS own_order
  WHERE own_order.payment_request_id IN (SELECT unnamed.paid_request_id FROM unnamed)
  GROUP BY own_order.payment_request_id
),
by_id AS (
  SELECT own_order.provider_payment_id AS id,
    CASE WHEN MIN(own_order.psp_id) = MAX(own_order.psp_id) THEN MIN(own_order.psp_id) END AS psp_id,
    CASE WHEN MIN(own_order.merchant_id) = MAX(own_order.merchant_id) THEN MIN(own_order.merchant_id) END AS merchant_id
  FROM own_orders AS own_order
  WHERE own_order.provider_payment_id IN (SELECT unnamed.paid_transaction_id FROM unnamed)
  GROUP BY own_order.provider_payment_id
)
SELECT
  base.transaction_id, base.file_id, base.line_number, base.clearing_day, base.participant_agreement_id,
  base.settlement_currency,
  COALESCE(NULLIF(base.psp_id, ''), CASE WHEN base.is_of_day THEN party.psp_id WHEN by_request.id IS NOT NULL
    THEN by_request.psp_id ELSE by_id.psp_id END, '') AS psp_id,
  COALESCE(NULLIF(base.merchant_id, ''), CASE WHEN base.is_of_day THEN party.merchant_id WHEN by_request.id IS NOT NULL
    THEN by_request.merchant_id ELSE by_id.merchant_id END, '') AS merchant_id,
  base.paid_file_id, base.paid_line_number, base.paid_request_id, base.paid_transaction_id, base.is_of_day,
  base.paid_minor, base.is_whole, base.is_base_known
FROM fee_bases AS base
LEFT JOIN fee_own_parties AS party ON party.file_id = base.paid_file_id AND party.line_number = base.paid_line_number
LEFT JOIN by_request ON by_request.id = base.paid_request_id
LEFT JOIN by_id ON by_id.id = base.paid_transaction_id
