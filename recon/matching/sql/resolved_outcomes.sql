-- What the data of this day says of each break that was open before: the outcome of its key. What only the reports knew
-- is found again by their ids, or by its first line; what has another key or source than before, by its request id.
-- Resolved by: a report line of the day; else the answer of Alipay+ that stood beside it and that our side took over;
-- else somebody or something on our side.
SELECT
  i.break_id,
  CASE SPLIT_PART(i.break_id, '/', 3)
    WHEN 'batch' THEN COALESCE(MIN(b.outcome), 'TAKEN_BACK')
    WHEN 'fee' THEN COALESCE(NULLIF(MIN(c.code), 'FEE_NOT_DUE'), MIN(w.code), MIN(c.code))
    WHEN 'incident' THEN 'DISSOLVED'
    WHEN 'settlement' THEN COALESCE(MIN(s.outcome), 'TAKEN_BACK')
    WHEN 'refund' THEN COALESCE(MIN(r.code), MIN(CASE WHEN e.refund_key IS NOT NULL THEN e.code END))
    WHEN 'order' THEN CASE WHEN i.family = 'P' THEN COALESCE(MIN(p.code), MIN(CASE WHEN q.order_key IS NOT NULL THEN q.code END))
      ELSE COALESCE(MIN(g.code), 'NO_REFUND') END
    ELSE CASE WHEN i.family = 'P' THEN COALESCE(MIN(q.code), MIN(u.code)) ELSE COALESCE(MIN(t.code), MIN(v.code)) END
  END AS outcome,
  CASE
    WHEN SPLIT_PART(i.break_id, '/', 3) IN ('batch', 'incident') THEN 'FILE'
    WHEN GREATEST(
      COALESCE(MAX(p.day_count), 0), COALESCE(MAX(q.day_count), 0), COALESCE(MAX(u.day_count), 0),
      COALESCE(MAX(r.day_count), 0), COALESCE(MAX(g.day_count), 0), COALESCE(MAX(t.day_count), 0),
      COALESCE(MAX(v.day_count), 0), COALESCE(MAX(c.day_count), 0), COALESCE(MAX(w.day_count), 0), COALESCE(MAX(e.day_count), 0)) > 0 THEN 'FILE'
    WHEN MIN(i.answer) IN ('PAID', 'CLOSED', 'FAILED') AND MIN(i.situation) NOT LIKE '-/%' THEN 'INQUIRY'
    ELSE 'PERSON'
  END AS resolved_by
FROM opening_frame AS i
LEFT JOIN reconciled.payments AS p
  ON p.as_of_day = $day AND p.source_id = i.source_id AND p.order_key = i.order_key
LEFT JOIN reconciled.refunds AS r
  ON r.as_of_day = $day AND r.source_id = i.source_id AND r.refund_key = i.refund_key
LEFT JOIN reconciled.refunds AS g
  ON g.as_of_day = $day AND g.source_id = i.source_id AND g.order_key = CASE WHEN i.family = 'R' THEN i.order_key END
LEFT JOIN reconciled.refunds AS t
  ON t.as_of_day = $day AND t.provider_transaction_id = CASE WHEN i.family <> 'C' THEN i.provider_transaction_id END
LEFT JOIN reconciled.payments AS q
  ON q.as_of_day = $day AND q.payment_request_id = CASE WHEN i.family <> 'C' THEN i.payment_request_id END
LEFT JOIN reconciled.refunds AS e
  ON e.as_of_day = $day AND e.refund_request_id = CASE WHEN i.family = 'R' THEN i.refund_request_id END
LEFT JOIN reconciled.found AS f
  ON f.as_of_day = $before AND f.family = i.family AND f.key_kind = 'provider'
  AND f.provider_transaction_id = i.provider_transaction_id
LEFT JOIN reconciled.payments AS u
  ON u.as_of_day = $day AND SPLIT_PART(u.lines, ' ', 1) = SPLIT_PART(f.lines, ' ', 1)
LEFT JOIN reconciled.refunds AS v
  ON v.as_of_day = $day AND SPLIT_PART(v.lines, ' ', 1) = SPLIT_PART(f.lines, ' ', 1)
LEFT JOIN tied_out.batches AS b
  ON b.as_of_day = $day
  AND b.participant_agreement_id || ':' || b.settlement_currency || ':' || b.clearing_batch_id
    = CASE WHEN i.family = 'B' THEN i.provider_transaction_id END
LEFT JOIN tied_out.settlements AS s
  ON s.as_of_day = $day
  AND s.participant_agreement_id || ':' || s.settlement_currency || ':' || s.settlement_batch_id
    = CASE WHEN i.family = 'B' THEN i.provider_transaction_id END
LEFT JOIN reconciled.fees AS c
  ON c.as_of_day = $day AND c.fee_kind = i.partner_key
  AND c.transaction_id = CASE WHEN i.family = 'C' THEN i.provider_transaction_id END
LEFT JOIN reconciled.fees AS w
  ON w.as_of_day = $day AND w.fee_kind = i.partner_key
  AND w.request_id = CASE WHEN i.family = 'C' THEN COALESCE(i.payment_request_id, i.refund_request_id) END
GROUP BY i.break_id, i.family
