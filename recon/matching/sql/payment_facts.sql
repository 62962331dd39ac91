-- One row per payment key with every fact that the payment decision asks for.
-- An order that is not due and that no report row names is a partner of another key and gets no outcome.
-- A cancel word without a meaning leaves open whether the payment is closed: its state is UNMAPPED, too.
-- report_count: the rows that still count as money; 1 if all that was captured beyond the first row went back, by
-- refunds that we registered or by rows of other types, and if the sale itself was not undone. row_count: all rows.
-- Written for speed where it is read a million times: instants are compared with instants of `parameters`, and what
-- only a few rows need is inside a CASE.
-- Reads: answers, duplicate_suspects, expected_agreements, joined_rows, open_rows, order_refunds, orders_in_scope,
--   pairs_in_scope, parameters
-- Columns:
--   source_id                 source of our order, as configured
--   order_key                 Ogloba's reference number of the order
--   payment_request_id        the paymentRequestId that we sent
--   row_request_id            request id on the row
--   lines                     places (file id and line) of all report rows behind it, oldest first, joined by blanks
--   newest_day                last clearing day with a row of it
--   day_count                 rows of this clearing day
--   has_order                 an order of ours is behind it
--   is_test                   whether it is a test, not a real payment
--   is_before_start           our order is from before the first day, of which no report is read
--   is_gone                   no source delivers it any more
--   is_settled_earlier        without an order: all its rows are of earlier days, the day before left none open, and it is not
--                             that their order has another row now
--   pay_state                 did Alipay+ take the money: INIT, SUCCESS, FAILED, CLOSED, UNMAPPED
--   confirm_state             did the merchant confirm the sale: NOT_CONFIRMED, CONFIRMED, CANCELLED, UNMAPPED
--   row_count                 all its rows
--   report_count              rows that still count as money, as above
--   answer                    what Alipay+ answered; empty if it does not fit the order; null: not asked
--   is_same_transaction       several rows with one Alipay+ id
--   noted_day                 last clearing day that changed it
--   ref_day                   clearing day that its age counts from
--   is_netted                 rows in the opposite direction undo the whole payment
--   is_fully_refunded         the reported refunds reach what was captured
--   is_refund_sent            refunds of ours that Alipay+ accepted reach what was captured, reported or not
--   has_row_away              a row that is no refund names it and takes money away from us
--   is_in_confirm_grace       still within the time that a merchant has to confirm
--   is_in_init_grace          still within the time in which an order may be INIT
--   is_past_late_cycles       every clearing day in which it could still be reported is done
--   has_amount_diff           amounts of both sides differ
--   is_scaled                 amounts differ by exactly 10, 100 or 1000 times
--   has_currency_diff         currencies of both sides differ
--   is_duplicate_suspect      the later one of a near pair that was charged twice
--   has_cycle_shift           paid on another clearing day than the one that reports it
--   has_settlement_diff       settlement amounts differ by more than the tolerance
--   has_agreement_diff        settled in another currency than our order names, or under another agreement than expected: the
--                             contract of the day of its row counts, that of later days while a break of it is open
--   has_environment_mix       a test order in a production report, or the reverse; what is a test is asked as above
--   has_identity_diff         both sides name different Alipay+ ids or request ids
--   has_other_request_id      the row names another request id than ours
--   is_paired_by_provider_id  paired by the id of Alipay+, not by the request id
--   has_late_cancel           the cancel was sent after the window of Alipay+ had closed
SELECT
  own_order.source_id,
  own_order.order_key,
  COALESCE(own_order.payment_request_id, reported.request_id) AS payment_request_id,
  reported.request_id AS row_request_id,
  reported.lines,
  reported.newest_day,
  COALESCE(reported.day_count, 0) AS day_count,
  own_order.order_key IS NOT NULL AS has_order,
  COALESCE(own_order.is_test, FALSE) AS is_test,
  COALESCE(own_order.effective_at < day.first_day_at, FALSE) AS is_before_start,
  own_order.last_seen_day IS NOT NULL AS is_gone,
  own_order.order_key IS NULL AND reported.newest_day < day.as_of_day AND open_row.place IS NULL
    AND earlier_pair.place IS NULL AS is_settled_earlier,
  CASE WHEN own_order.cancel_state = 'UNMAPPED' THEN 'UNMAPPED' ELSE own_order.pay_state END AS pay_state,
  own_order.confirm_state,
  COALESCE(reported.report_count, 0) AS row_count,
  CASE WHEN COALESCE(reported.report_count, 0) < 2 THEN COALESCE(reported.report_count, 0)
    WHEN reported.is_one_currency AND refunds_of_order.opposite_currency = reported.currency
      AND refunds_of_order.opposite_minor - GREATEST(
        refunds_of_order.reported_minor - CASE WHEN refunds_of_order.local_currency = reported.currency
          THEN refunds_of_order.local_minor ELSE 0 END, 0) >= reported.captured_minor - reported.amount_minor
      AND (refunds_of_order.reported_minor >= reported.captured_minor
        OR NOT COALESCE(own_order.voided_in_full, FALSE)) THEN 1
    ELSE reported.report_count END AS report_count,
  CASE WHEN inquiry.answer <> 'PAID' OR (inquiry.amount_minor = own_order.amount_minor
    AND inquiry.currency = own_order.currency) THEN inquiry.answer ELSE '' END
    AS answer,
  COALESCE(reported.is_same_transaction, FALSE) AS is_same_transaction,
  CASE WHEN refunds_of_order.newest_day > reported.newest_day THEN refunds_of_order.newest_day
    ELSE reported.newest_day END AS noted_day,
  CASE WHEN own_order.order_key IS NULL THEN NULL
    WHEN own_order.effective_at >= day.day_start_at
      AND own_order.effective_at < day.day_end_at
      THEN day.as_of_day
    ELSE CAST(own_order.effective_at + INTERVAL '8' HOUR AS DATE) END AS ref_day,
  CASE WHEN refunds_of_order.order_key IS NULL THEN FALSE ELSE COALESCE(refunds_of_order.opposite_minor
    = reported.captured_minor AND refunds_of_order.opposite_currency = reported.currency, FALSE)
    END AS is_netted,
  CASE WHEN refunds_of_order.order_key IS NULL THEN FALSE
    ELSE COALESCE(reported.amount_minor > 0
      AND refunds_of_order.reported_minor >= reported.captured_minor
        AND refunds_of_order.reported_currency = reported.currency, FALSE)
    END AS is_fully_refunded,
  CASE WHEN refunds_of_order.order_key IS NULL THEN FALSE
    ELSE COALESCE(reported.amount_minor > 0
      AND refunds_of_order.local_minor >= reported.captured_minor
        AND refunds_of_order.local_currency = reported.currency, FALSE)
    END AS is_refund_sent,
  COALESCE(refunds_of_order.away_count > 0, FALSE) AS has_row_away,
  own_order.effective_at >= day.confirm_since AS is_in_confirm_grace,
  own_order.created_at >= day.init_since AS is_in_init_grace,
  own_order.effective_at < day.overdue_before_at AS is_past_late_cycles,
  COALESCE(reported.amount_minor <> own_order.amount_minor AND reported.currency = own_order.currency, FALSE)
    AS has_amount_diff,
  CASE WHEN reported.amount_minor <> own_order.amount_minor THEN reported.amount_minor = own_order.amount_minor * 10
    OR reported.amount_minor = own_order.amount_minor * 100 OR reported.amount_minor = CAST(own_order.amount_minor AS DECIMAL(38, 0)) * 1000
    OR reported.amount_minor * 10 = own_order.amount_minor OR reported.amount_minor * 100 = own_order.amount_minor
    OR CAST(reported.amount_minor AS DECIMAL(38, 0)) * 1000 = own_order.amount_minor ELSE FALSE END AS is_scaled,
  COALESCE(reported.currency <> own_order.currency, FALSE) AS has_currency_diff,
  duplicate.order_key IS NOT NULL AS is_duplicate_suspect,
  COALESCE(reported.day_count = 1 AND reported.report_count = 1
    AND (own_order.paid_at < day.day_start_at OR own_order.paid_at >= day.day_end_at), FALSE) AS has_cycle_shift,
  COALESCE(ABS(reported.settlement_amount_minor - own_order.settlement_amount_minor) > day.settlement_minor
    AND reported.settlement_currency = own_order.settlement_currency, FALSE) AS has_settlement_diff,
  COALESCE(reported.settlement_currency <> own_order.settlement_currency, FALSE)
    OR COALESCE(reported.participant_agreement_id <> expected.participant_agreement_id
      AND (reported.newest_day = day.as_of_day OR open_row.place IS NOT NULL), FALSE) AS has_agreement_diff,
  COALESCE(reported.report_count > 0 AND own_order.is_test = day.is_production
    AND (reported.newest_day = day.as_of_day OR open_row.place IS NOT NULL), FALSE) AS has_environment_mix,
  COALESCE(reported.provider_transaction_id <> own_order.provider_payment_id, FALSE)
    OR CASE WHEN reported.is_adopted THEN COALESCE(reported.request_id <> own_order.payment_request_id, FALSE)
      ELSE FALSE END
    AS has_identity_diff,
  CASE WHEN reported.is_adopted THEN COALESCE(reported.request_id <> own_order.payment_request_id, FALSE) ELSE FALSE END
    AS has_other_request_id,
  COALESCE(reported.is_adopted AND own_order.order_key IS NOT NULL, FALSE) AS is_paired_by_provider_id,
  CASE WHEN reported.report_count > 0 AND own_order.cancel_state <> 'NONE'
    AND COALESCE(refunds_of_order.reported_count, 0) = 0 THEN COALESCE(
    own_order.cancel_code = 'CANCEL_WINDOW_EXCEED'
    OR own_order.cancel_requested_at > CAST(CAST(own_order.created_at + INTERVAL '8' HOUR AS DATE) AS TIMESTAMP)
      + INTERVAL '1' DAY + INTERVAL '15' MINUTE - INTERVAL '8' HOUR, FALSE) ELSE FALSE END AS has_late_cancel
FROM orders_in_scope AS own_order
FULL OUTER JOIN joined_rows AS reported ON reported.join_id = own_order.payment_request_id
LEFT JOIN order_refunds AS refunds_of_order ON refunds_of_order.source_id = own_order.source_id
  AND refunds_of_order.order_key = own_order.order_key
LEFT JOIN duplicate_suspects AS duplicate ON duplicate.source_id = own_order.source_id
  AND duplicate.order_key = own_order.order_key
LEFT JOIN answers AS inquiry ON inquiry.source_id = own_order.source_id AND inquiry.order_key = own_order.order_key
  AND inquiry.situation = own_order.pay_state || '/' || CAST(COALESCE(reported.report_count, 0) AS VARCHAR)
    || CASE WHEN own_order.payment_request_id <> own_order.order_key THEN '/' || own_order.payment_request_id
      ELSE '' END
LEFT JOIN open_rows AS open_row ON open_row.place = {place(reported)}
LEFT JOIN pairs_in_scope AS earlier_pair ON earlier_pair.place = {place(reported)}
LEFT JOIN expected_agreements AS expected
  ON expected.merchant_id = own_order.merchant_id AND expected.psp_id = COALESCE(own_order.psp_id, '')
    AND expected.settlement_currency = reported.settlement_currency
CROSS JOIN parameters AS day
WHERE reported.report_count IS NOT NULL OR own_order.is_due
