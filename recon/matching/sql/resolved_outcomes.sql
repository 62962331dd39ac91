-- One row per break that was open before.
-- What the data of this day says of each break that was open before: the outcome of its key. What only the reports knew
-- is found again by their ids, or by its first line; what has another key or source than before, by its request id.
-- Resolved by: a report line of the day, be it a refund of the payment or of the other order of the pair; else the answer
-- of Alipay+ to it that our side now repeats; else somebody or something on our side.
-- Reads: opening_frame, reconciled.fees, reconciled.found, reconciled.payments, reconciled.refunds, tied_out.batches,
--   tied_out.settlements
-- Columns:
--   break_id     identity of the break
--   outcome      outcome of its key today; null: nothing looked at it
--   resolved_by  FILE, INQUIRY or PERSON
SELECT
  opening.break_id,
  CASE SPLIT_PART(opening.break_id, '/', 3)
    WHEN 'batch' THEN COALESCE(MIN(batch.outcome), 'TAKEN_BACK')
    WHEN 'fee' THEN COALESCE(NULLIF(MIN(fee.code), 'FEE_NOT_DUE'), MIN(fee_by_request.code), MIN(fee.code))
    WHEN 'incident' THEN 'DISSOLVED'
    WHEN 'settlement' THEN COALESCE(MIN(settlement.outcome), 'TAKEN_BACK')
    WHEN 'refund' THEN COALESCE(MIN(refund.code), MIN(CASE WHEN refund_by_request.refund_key IS NOT NULL
      THEN refund_by_request.code END))
    WHEN 'order' THEN CASE WHEN opening.family = 'P' THEN COALESCE(MIN(payment.code), MIN(CASE
      WHEN payment_by_request.order_key IS NOT NULL THEN payment_by_request.code END))
      ELSE COALESCE(MIN(refund_of_order.code), 'NO_REFUND') END
    ELSE CASE WHEN opening.family = 'P' THEN COALESCE(MIN(payment_by_request.code), MIN(payment_by_line.code))
      ELSE COALESCE(MIN(refund_by_transaction.code), MIN(refund_by_line.code)) END
  END AS outcome,
  CASE
    WHEN SPLIT_PART(opening.break_id, '/', 3) IN ('batch', 'incident') THEN 'FILE'
    WHEN GREATEST(
      COALESCE(MAX(payment.day_count), 0), COALESCE(MAX(payment_by_request.day_count), 0),
      COALESCE(MAX(payment_by_line.day_count), 0),
      COALESCE(MAX(refund.day_count), 0), COALESCE(MAX(refund_of_order.day_count), 0),
      COALESCE(MAX(refund_of_partner.day_count), 0), COALESCE(MAX(refund_by_transaction.day_count), 0),
      COALESCE(MAX(refund_by_line.day_count), 0), COALESCE(MAX(fee.day_count), 0),
      COALESCE(MAX(fee_by_request.day_count), 0), COALESCE(MAX(refund_by_request.day_count), 0)) > 0 THEN 'FILE'
    WHEN MIN(opening.situation) NOT LIKE '-/%' AND CASE WHEN MIN(opening.answer) = 'PAID'
      THEN MIN(payment.code) IN ('P00', 'OK_REFUNDED', 'OK_AWAIT_CONFIRM')
      WHEN MIN(opening.answer) IN ('CLOSED', 'FAILED') THEN MIN(payment.code) = 'OK_NO_MONEY' ELSE FALSE END
      THEN 'INQUIRY'
    ELSE 'PERSON'
  END AS resolved_by
FROM opening_frame AS opening
LEFT JOIN reconciled.payments AS payment
  ON payment.as_of_day = $day AND payment.source_id = opening.source_id AND payment.order_key = opening.order_key
LEFT JOIN reconciled.refunds AS refund
  ON refund.as_of_day = $day AND refund.source_id = opening.source_id AND refund.refund_key = opening.refund_key
LEFT JOIN reconciled.refunds AS refund_of_order
  ON refund_of_order.as_of_day = $day AND refund_of_order.source_id = opening.source_id
    AND refund_of_order.order_key = opening.order_key
LEFT JOIN reconciled.refunds AS refund_of_partner
  ON refund_of_partner.as_of_day = $day AND refund_of_partner.source_id = opening.source_id
    AND refund_of_partner.order_key = CASE WHEN opening.family = 'P' THEN opening.partner_key END
LEFT JOIN reconciled.refunds AS refund_by_transaction
  ON refund_by_transaction.as_of_day = $day AND refund_by_transaction.provider_transaction_id = CASE
    WHEN opening.family <> 'C' THEN opening.provider_transaction_id END
LEFT JOIN reconciled.payments AS payment_by_request
  ON payment_by_request.as_of_day = $day AND payment_by_request.payment_request_id = CASE
    WHEN opening.family <> 'C' THEN opening.payment_request_id END
LEFT JOIN reconciled.refunds AS refund_by_request
  ON refund_by_request.as_of_day = $day AND refund_by_request.refund_request_id = CASE
    WHEN opening.family = 'R' THEN opening.refund_request_id END
LEFT JOIN reconciled.found AS found
  ON found.as_of_day = $before AND found.family = opening.family AND found.key_kind = 'provider'
  AND found.provider_transaction_id = opening.provider_transaction_id
LEFT JOIN reconciled.payments AS payment_by_line
  ON payment_by_line.as_of_day = $day AND SPLIT_PART(payment_by_line.lines, ' ', 1) = SPLIT_PART(found.lines, ' ', 1)
LEFT JOIN reconciled.refunds AS refund_by_line
  ON refund_by_line.as_of_day = $day AND SPLIT_PART(refund_by_line.lines, ' ', 1) = SPLIT_PART(found.lines, ' ', 1)
LEFT JOIN tied_out.batches AS batch
  ON batch.as_of_day = $day
  AND batch.participant_agreement_id || ':' || batch.settlement_currency || ':' || batch.clearing_batch_id
    = CASE WHEN opening.family = 'B' THEN opening.provider_transaction_id END
LEFT JOIN tied_out.settlements AS settlement
  ON settlement.as_of_day = $day
  AND settlement.participant_agreement_id || ':' || settlement.settlement_currency || ':'
    || settlement.settlement_batch_id
    = CASE WHEN opening.family = 'B' THEN opening.provider_transaction_id END
LEFT JOIN reconciled.fees AS fee
  ON fee.as_of_day = $day AND fee.fee_kind = opening.partner_key
  AND fee.transaction_id = CASE WHEN opening.family = 'C' THEN opening.provider_transaction_id END
LEFT JOIN reconciled.fees AS fee_by_request
  ON fee_by_request.as_of_day = $day AND fee_by_request.fee_kind = opening.partner_key
  AND fee_by_request.request_id = CASE WHEN opening.family = 'C' THEN COALESCE(opening.payment_request_id,
    opening.refund_request_id) END
GROUP BY opening.break_id, opening.family
