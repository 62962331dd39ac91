-- What the data of this day says of each break that was open before: the outcome of its key.
SELECT
  i.break_id,
  CASE SPLIT_PART(i.break_id, '/', 3)
    WHEN 'refund' THEN MIN(r.code)
    WHEN 'order' THEN CASE WHEN i.family = 'P' THEN MIN(p.code) ELSE COALESCE(MIN(g.code), 'NO_REFUND') END
    ELSE CASE WHEN i.family = 'P' THEN MIN(q.code) ELSE MIN(t.code) END
  END AS outcome
FROM opening_frame AS i
LEFT JOIN reconciled.payments AS p
  ON p.as_of_day = $day AND p.source_id = i.source_id AND p.order_key = i.order_key
LEFT JOIN reconciled.refunds AS r
  ON r.as_of_day = $day AND r.source_id = i.source_id AND r.refund_key = i.refund_key
LEFT JOIN reconciled.refunds AS g
  ON g.as_of_day = $day AND g.source_id = i.source_id AND g.order_key = i.order_key
LEFT JOIN reconciled.refunds AS t
  ON t.as_of_day = $day AND t.provider_transaction_id = i.provider_transaction_id
LEFT JOIN reconciled.payments AS q
  ON q.as_of_day = $day AND q.payment_request_id = i.payment_request_id
GROUP BY i.break_id, i.family
