-- One row per payment break.
-- What the payment decision found: every outcome that is a break, with both values and the place of its evidence.
-- The excess in another currency than our order is shown alone, in its own currency.
-- Reads: duplicate_suspects, near_references, order_refunds, orders_in_scope, payment_outcomes, payment_rows
-- Columns:
--   family                   P payment, R refund, C fee
--   key_kind                 what the key is: order, refund, fee, or provider (only the report knows it)
--   source_id                source of our order, as configured
--   order_key                Ogloba's reference number of the order
--   refund_key               Ogloba's reference number of the void
--   provider_transaction_id  the paymentId or refundId of Alipay+
--   payment_request_id       the paymentRequestId that we sent
--   refund_request_id        the refundRequestId that we sent; empty: never sent
--   code                     outcome: a code of the catalogue, or one that is no break
--   flags                    what else applies, joined by blanks
--   noted_day                last clearing day that changed it
--   ref_day                  clearing day that its age counts from
--   created_at               when the order was created
--   order_amount_minor       what our order says, minor units
--   report_amount_minor      what the report says, minor units
--   order_currency           currency of our amount
--   report_currency          currency of the row
--   refunded_minor           reported refunds in its currency, minor units
--   excess_minor             the excess, minor units
--   cancel_state             how the cancel request of our order ended
--   is_unsure                one of the two orders is not confirmed
--   partner_key              the other key: earlier or suggested order, or kind of fee
--   lines                    places (file id and line) of all report rows behind it, oldest first, joined by blanks
--   situation                what an answer has to fit: state, number of rows, other request id
--   own_payment_id           paymentId of Alipay+ that our order stores
--   merchant_id              the merchant
WITH breaks AS (
  SELECT outcome.*,
    outcome.known_code = 'P10' AND reported.excess_currency <> COALESCE(own_order.currency, reported.currency)
      AS is_foreign_excess
  FROM payment_outcomes AS outcome
  LEFT JOIN orders_in_scope AS own_order ON own_order.source_id = outcome.source_id
    AND own_order.order_key = outcome.order_key
  LEFT JOIN payment_rows AS reported ON reported.lines = outcome.lines
  WHERE outcome.code IN ({break_codes})
)
SELECT
  'P' AS family,
  CASE WHEN breaks.has_order THEN 'order' ELSE 'provider' END AS key_kind,
  breaks.source_id, breaks.order_key, CAST(NULL AS VARCHAR) AS refund_key,
  CASE WHEN breaks.has_order THEN COALESCE(reported.provider_transaction_id, own_order.provider_payment_id)
    ELSE COALESCE(reported.provider_transaction_id, reported.request_id) END AS provider_transaction_id,
  breaks.payment_request_id, CAST(NULL AS VARCHAR) AS refund_request_id,
  breaks.code,
  CASE WHEN near.near_key IS NULL THEN breaks.flags ELSE TRIM(breaks.flags || ' NEAR') END AS flags,
  breaks.noted_day,
  COALESCE(breaks.ref_day, reported.row_day) AS ref_day,
  COALESCE(own_order.created_at, reported.transaction_at) AS created_at,
  CASE WHEN breaks.is_foreign_excess THEN NULL WHEN breaks.known_code = 'P13' THEN own_order.settlement_amount_minor
    ELSE own_order.amount_minor END AS order_amount_minor,
  CASE WHEN breaks.is_foreign_excess THEN reported.excess_minor
    WHEN breaks.known_code = 'P13' THEN reported.settlement_amount_minor
    ELSE reported.amount_minor END AS report_amount_minor,
  CASE WHEN breaks.is_foreign_excess THEN NULL WHEN breaks.known_code = 'P13' THEN own_order.settlement_currency
    ELSE own_order.currency END AS order_currency,
  CASE WHEN breaks.is_foreign_excess THEN reported.excess_currency
    WHEN breaks.known_code = 'P13' THEN reported.settlement_currency
    ELSE reported.currency END AS report_currency,
  CASE WHEN refunds_of_order.reported_currency = COALESCE(reported.currency, own_order.currency)
    THEN GREATEST(refunds_of_order.reported_minor - COALESCE(reported.captured_minor - reported.amount_minor, 0), 0)
    ELSE 0 END AS refunded_minor,
  COALESCE(reported.excess_minor, 0) AS excess_minor,
  own_order.cancel_state, COALESCE(duplicate.is_unsure, FALSE) AS is_unsure,
  COALESCE(duplicate.earlier_key, near.near_key) AS partner_key,
  breaks.lines,
  COALESCE(own_order.pay_state, '-') || '/' || CAST(breaks.report_count AS VARCHAR)
    || CASE WHEN own_order.payment_request_id <> own_order.order_key THEN '/' || own_order.payment_request_id
      ELSE '' END AS situation,
  own_order.provider_payment_id AS own_payment_id,
  own_order.merchant_id
FROM breaks
LEFT JOIN orders_in_scope AS own_order ON own_order.source_id = breaks.source_id
  AND own_order.order_key = breaks.order_key
LEFT JOIN payment_rows AS reported ON reported.lines = breaks.lines
LEFT JOIN order_refunds AS refunds_of_order ON refunds_of_order.source_id = breaks.source_id
  AND refunds_of_order.order_key = breaks.order_key
LEFT JOIN duplicate_suspects AS duplicate ON duplicate.source_id = breaks.source_id
  AND duplicate.order_key = breaks.order_key
LEFT JOIN near_references AS near ON near.lines = CASE WHEN breaks.code = 'P06' THEN breaks.lines END
