-- One row per order with a refund.
-- The payments behind the refunds of this day, partners from before the first day included.
-- Reads: joined_rows, order_refunds, orders_in_scope, payment_outcomes
-- Columns:
--   source_id                   source of our order, as configured
--   order_key                   Ogloba's reference number of the order
--   payment_request_id          the paymentRequestId that we sent
--   pay_state                   did Alipay+ take the money: INIT, SUCCESS, FAILED, CLOSED, UNMAPPED
--   voided_in_full              whether the whole order was voided; empty: not known to the source
--   is_changed_after            changed after the clearing day
--   created_at                  when the order was created
--   paid_at                     when Alipay+ says that it was paid
--   effective_at                when it was paid or refunded, else when it was created or requested; UTC
--   order_minor                 our amount, minor units
--   payable_minor               what can be refunded: the order and what was captured beyond it, minor units
--   is_only_test                a test order that no report names
--   order_currency              currency of our amount
--   report_count                payment rows of the order
--   report_minor                amount of the first row, minor units
--   report_currency             currency of the row
--   report_settlement_minor     settlement amount of the row, minor units
--   report_settlement_currency  settlement currency of the payment row
--   file_id                     file name and version that the row was read from
--   line_number                 line of that file, from 1
--   provider_transaction_id     the paymentId or refundId of Alipay+
--   is_netted                   rows in the opposite direction undo the whole payment
--   reported_minor              reported refunds, minor units
--   local_minor                 our refunds that succeeded, minor units
--   is_split                    refunds of the order agree in sum, not one by one
SELECT
  own_order.source_id, own_order.order_key, own_order.payment_request_id, own_order.pay_state,
  own_order.voided_in_full, own_order.is_changed_after, own_order.created_at, own_order.paid_at, own_order.effective_at,
  own_order.amount_minor AS order_minor,
  own_order.amount_minor + CASE WHEN reported.currency = own_order.currency
    THEN reported.captured_minor - reported.amount_minor ELSE 0 END AS payable_minor,
  own_order.is_test AND reported.report_count IS NULL AS is_only_test,
  own_order.currency AS order_currency,
  COALESCE(reported.report_count, 0) AS report_count,
  reported.amount_minor AS report_minor,
  reported.currency AS report_currency,
  reported.settlement_amount_minor AS report_settlement_minor,
  reported.settlement_currency AS report_settlement_currency,
  reported.file_id, reported.line_number, reported.provider_transaction_id,
  COALESCE(outcome.known_code = 'P20', FALSE) AS is_netted,
  CASE WHEN refunds_of_order.reported_currency = own_order.currency THEN refunds_of_order.reported_minor
    ELSE 0 END AS reported_minor,
  CASE WHEN refunds_of_order.local_currency = own_order.currency THEN refunds_of_order.local_minor
    ELSE 0 END AS local_minor, refunds_of_order.is_split
FROM order_refunds AS refunds_of_order
JOIN orders_in_scope AS own_order ON own_order.source_id = refunds_of_order.source_id
  AND own_order.order_key = refunds_of_order.order_key
LEFT JOIN joined_rows AS reported ON reported.join_id = own_order.payment_request_id
LEFT JOIN payment_outcomes AS outcome ON outcome.source_id = own_order.source_id
  AND outcome.order_key = own_order.order_key
