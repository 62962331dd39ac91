-- One row per refund key with every fact that the refund decision asks for.
-- What is judged on this day has been reported, or is due. The last refund of an order is the last one of those: one
-- that happens after the cut is no member yet.
-- Reads: open_rows, order_refunds, orders_in_scope, parameters, refund_groups, refund_rows_judged_earlier,
--   refunded_payments, scope_refunds
-- Columns:
--   source_id                 source of our order, as configured
--   refund_key                Ogloba's reference number of the void
--   order_key                 Ogloba's reference number of the order
--   has_local                 the refund is one of ours
--   is_gone                   no source delivers it any more
--   is_settled_earlier        ours, without its order: reported or judged, and unchanged since, on a day that left nothing open
--   provider_state            the refund at Alipay+: NEVER_SENT, INIT, UNKNOWN, SUCCESS, FAILED, UNMAPPED
--   local_state               the refund in Ogloba: PENDING, VOIDED, VOID_FAILED, UNMAPPED
--   alert_sent_at             when Ogloba warned of a failed void
--   initiator                 who asked for the refund: MERCHANT, SUPPORT, REPAIR, DISPUTE, SYSTEM
--   refund_request_id         the refundRequestId that we sent; empty: never sent
--   payment_request_id        the paymentRequestId that we sent
--   row_request_id            request id on the row
--   provider_transaction_id   the paymentId or refundId of Alipay+
--   lines                     places (file id and line) of all report rows behind it, oldest first, joined by blanks
--   row_day                   clearing day of the first row
--   noted_day                 last clearing day that changed it
--   report_count              number of rows, exact repeats removed
--   day_count                 rows of this clearing day
--   transaction_type          PAYMENT, REFUND and others, as delivered
--   begun_at                  when the refund was asked for, else when the report says that it happened; UTC
--   is_same_transaction       several rows with one Alipay+ id
--   order_minor               our amount, minor units
--   order_currency            currency of our amount
--   report_minor              amount of the first row, minor units
--   report_currency           currency of the row
--   excess_minor              what was reported beyond the first row, or returned beyond the payment, minor units
--   excess_currency           currency of the excess
--   report_settlement_minor   settlement amount of the row, minor units
--   payment_minor             what can be refunded of the payment, minor units
--   captured_minor            first payment row of the order, minor units
--   created_at                when the order was created
--   payment_settlement_minor  settlement amount of the payment row, minor units
--   has_order                 an order of ours is behind it
--   settlement_currency       currency in which Alipay+ pays
--   all_reported_minor        refunds of the order that the reports show, minor units
--   all_local_minor           refunds of the order that are ours and succeeded, minor units
--   is_split                  refunds of the order agree in sum, not one by one
--   ref_day                   clearing day that its age counts from
--   is_other_type             a row of a type that the layout does not know, and no refund of ours
--   is_test                   whether it is a test, not a real payment
--   is_before_start           ours, and from before the first day, of which no report is read
--   is_opposite_of_netted     the row that undoes a payment (P20)
--   is_past_late_cycles       every clearing day in which it could still be reported is done
--   has_amount_diff           amounts of both sides differ
--   is_scaled                 amounts differ by exactly 10, 100 or 1000 times
--   is_repeated               a second refund of the same amount within the window for duplicates
--   is_over_refund            the last refund of an order that returned more than was paid
--   is_orphan                 a refund without a payment that could be refunded, or of another one than ours; a test order
--                             was not paid for real
--   has_rate_diff             settled at another exchange rate than the payment, beyond the tolerance
--   is_late_cycle             cleared on a later day than it was requested
--   other_key                 another order of ours, whose payment the row names
--   has_other_request_id      the row names another request id than ours
--   is_paired_by_provider_id  paired by the id of Alipay+, not by the request id
WITH members AS (
  SELECT
    COALESCE(own_refund.source_id, refund_group.order_source_id) AS source_id,
    own_refund.refund_key,
    COALESCE(own_refund.order_key, refund_group.order_key) AS order_key,
    COALESCE(own_refund.requested_at, refund_group.transaction_at) AS begun_at,
    COALESCE(own_refund.refund_key, refund_group.group_id) AS member_id,
    own_refund.refund_key IS NOT NULL AS has_local,
    own_refund.last_seen_day IS NOT NULL AS is_gone,
    own_refund.updated_at < day.day_start_at AND NOT own_refund.is_open AND open_row.place IS NULL AS is_at_rest,
    own_refund.refund_request_id, own_refund.provider_refund_id, own_refund.provider_state, own_refund.local_state,
    own_refund.refund_day, own_refund.requested_at,
    own_refund.refunded_at, own_refund.effective_at, own_refund.alert_sent_at, own_refund.initiator,
    own_refund.amount_minor AS order_minor,
    own_refund.currency AS order_currency,
    refund_group.group_id, refund_group.row_role, refund_group.transaction_type, refund_group.request_id,
    refund_group.provider_transaction_id, refund_group.original_request_id, refund_group.newest_day,
    refund_group.is_same_transaction, refund_group.is_paired_by_provider_id, refund_group.transaction_at,
    COALESCE(refund_group.report_count, 0) AS report_count,
    COALESCE(refund_group.day_count, 0) AS day_count,
    refund_group.amount_minor AS report_minor,
    refund_group.currency AS report_currency,
    refund_group.excess_minor, refund_group.excess_currency, refund_group.settlement_amount_minor,
    refund_group.settlement_currency, refund_group.lines
  FROM scope_refunds AS own_refund
  FULL OUTER JOIN refund_groups AS refund_group ON refund_group.refund_source_id = own_refund.source_id
    AND refund_group.refund_key = own_refund.refund_key
  LEFT JOIN open_rows AS open_row ON open_row.place = SPLIT_PART(refund_group.lines, ' ', 1)
  CROSS JOIN parameters AS day
  WHERE refund_group.group_id IS NOT NULL OR own_refund.is_open
    OR (own_refund.is_due AND own_refund.effective_at >= day.first_day_at)
),
several AS (
  SELECT member.source_id, member.order_key
  FROM members AS member
  WHERE member.order_key IS NOT NULL
  GROUP BY member.source_id, member.order_key
  HAVING COUNT(*) > 1
),
ranked AS (
  SELECT
    member.source_id, member.order_key, member.member_id, member.has_local,
    ROW_NUMBER() OVER (
      PARTITION BY member.source_id, member.order_key
      ORDER BY CASE WHEN member.row_role = 'REFUND' OR member.provider_state = 'SUCCESS' THEN 0 ELSE 1 END,
        member.begun_at DESC, member.member_id DESC
    ) = 1 AS is_last,
    LAG(member.requested_at) OVER (
      PARTITION BY member.source_id, member.order_key, member.order_minor, member.has_local, member.report_count > 0
      ORDER BY member.requested_at, member.member_id
    ) AS twin_at
  FROM members AS member
  JOIN several ON several.source_id = member.source_id AND several.order_key = member.order_key
),
placed AS (
  SELECT member.*, COALESCE(ranked.is_last, member.order_key IS NOT NULL) AS is_last, ranked.twin_at
  FROM members AS member
  LEFT JOIN ranked ON ranked.source_id = member.source_id AND ranked.order_key = member.order_key
    AND ranked.member_id = member.member_id AND ranked.has_local = member.has_local
)
SELECT
  placed.source_id, placed.refund_key, placed.order_key, placed.has_local, placed.is_gone,
  COALESCE(placed.is_at_rest AND placed.day_count = 0, FALSE)
    AND (placed.report_count > 0 OR EXISTS (SELECT 1 FROM refund_rows_judged_earlier AS judged
      WHERE judged.source_id = placed.source_id AND judged.refund_key = placed.refund_key))
    AND payment.order_key IS NULL AS is_settled_earlier,
  placed.provider_state, placed.local_state, placed.alert_sent_at, placed.initiator,
  COALESCE(placed.refund_request_id, placed.request_id) AS refund_request_id,
  COALESCE(payment.payment_request_id, placed.original_request_id) AS payment_request_id,
  placed.request_id AS row_request_id,
  COALESCE(placed.provider_transaction_id, placed.provider_refund_id) AS provider_transaction_id,
  placed.lines, placed.newest_day AS row_day, placed.newest_day AS noted_day, placed.report_count, placed.day_count,
  placed.transaction_type, placed.begun_at,
  COALESCE(placed.is_same_transaction, FALSE) AS is_same_transaction,
  placed.order_minor, placed.order_currency, placed.report_minor, placed.report_currency, placed.excess_minor,
  placed.excess_currency,
  placed.settlement_amount_minor AS report_settlement_minor,
  payment.payable_minor AS payment_minor,
  payment.report_minor AS captured_minor,
  payment.created_at,
  payment.report_settlement_minor AS payment_settlement_minor,
  payment.order_key IS NOT NULL AS has_order,
  placed.settlement_currency,
  payment.reported_minor AS all_reported_minor,
  payment.local_minor AS all_local_minor,
  COALESCE(payment.is_split, FALSE) AS is_split,
  COALESCE(placed.refund_day, CAST(placed.transaction_at + INTERVAL '8' HOUR AS DATE)) AS ref_day,
  COALESCE(placed.row_role = 'OTHER', FALSE) AND NOT placed.has_local AS is_other_type,
  COALESCE(payment.is_only_test, FALSE) AS is_test,
  COALESCE(placed.effective_at < day.first_day_at, FALSE) AS is_before_start,
  NOT placed.has_local AND COALESCE(payment.is_netted, FALSE) AS is_opposite_of_netted,
  COALESCE(placed.effective_at < day.overdue_before_at, FALSE) AS is_past_late_cycles,
  COALESCE(placed.report_count = 1 AND (placed.report_minor <> placed.order_minor
    OR placed.report_currency <> placed.order_currency), FALSE)
    AS has_amount_diff,
  COALESCE(placed.report_minor = placed.order_minor * 10 OR placed.report_minor = placed.order_minor * 100
    OR placed.report_minor = CAST(placed.order_minor AS DECIMAL(38, 0)) * 1000 OR placed.report_minor * 10 = placed.order_minor
    OR placed.report_minor * 100 = placed.order_minor OR CAST(placed.report_minor AS DECIMAL(38, 0)) * 1000 = placed.order_minor,
    FALSE) AS is_scaled,
  COALESCE(placed.has_local AND placed.report_count > 0
    AND placed.requested_at < placed.twin_at + day.duplicate_window, FALSE)
    AS is_repeated,
  placed.is_last AND COALESCE(GREATEST(payment.reported_minor, payment.local_minor) > payment.payable_minor, FALSE)
    AS is_over_refund,
  placed.has_local AND (
    payment.order_key IS NULL
    OR COALESCE(payment.pay_state NOT IN ('SUCCESS', 'UNMAPPED') AND payment.report_count = 0, FALSE)
    OR COALESCE(placed.refunded_at < payment.paid_at, FALSE)
    OR named_order.order_key IS NOT NULL
    OR (payment.is_only_test AND placed.report_count > 0 AND day.is_production)
  ) AS is_orphan,
  CASE
    WHEN placed.settlement_amount_minor = placed.report_minor
      AND payment.report_settlement_minor = payment.report_minor THEN FALSE
    WHEN placed.report_count = 1 AND placed.row_role = 'REFUND' AND placed.report_currency = payment.report_currency
      AND placed.settlement_currency = payment.report_settlement_currency
    THEN ABS(CAST(placed.settlement_amount_minor AS DECIMAL(38, 0)) * payment.report_minor
        - CAST(placed.report_minor AS DECIMAL(38, 0)) * payment.report_settlement_minor)
        > CAST(day.refund_fx_minor AS DECIMAL(38, 0)) * payment.report_minor
      OR (
        placed.is_last AND refunds_of_order.reported_minor = payment.report_minor
          AND refunds_of_order.reported_currency = payment.report_currency
          AND refunds_of_order.reported_settlement_currency = payment.report_settlement_currency
        AND ABS(refunds_of_order.reported_settlement_minor
          - payment.report_settlement_minor) > FLOOR((refunds_of_order.reported_count + 1) / 2.0)
      )
    ELSE FALSE END AS has_rate_diff,
  COALESCE(placed.has_local AND placed.report_count > 0 AND placed.newest_day = day.as_of_day
    AND CAST(COALESCE(placed.refunded_at, placed.transaction_at) + INTERVAL '8' HOUR AS DATE)
      > CAST(placed.requested_at + INTERVAL '8' HOUR AS DATE), FALSE) AS is_late_cycle,
  CASE WHEN placed.has_local THEN named_order.order_key END AS other_key,
  COALESCE(placed.request_id <> placed.refund_request_id, FALSE) AS has_other_request_id,
  COALESCE(placed.is_paired_by_provider_id, FALSE) AS is_paired_by_provider_id
FROM placed
LEFT JOIN refunded_payments AS payment ON payment.source_id = placed.source_id AND payment.order_key = placed.order_key
LEFT JOIN order_refunds AS refunds_of_order ON refunds_of_order.source_id = placed.source_id
  AND refunds_of_order.order_key = placed.order_key
LEFT JOIN orders_in_scope AS named_order ON named_order.source_id = placed.source_id
  AND named_order.payment_request_id = placed.original_request_id AND named_order.order_key <> placed.order_key
CROSS JOIN parameters AS day
