-- One row per refund of ours that came in: those of the day, and those looked at again.
-- Reads: frozen_refunds, parameters, refund_groups, scope_refunds
-- Columns:
--   source_id     where the refund comes from
--   refund_key    its key there
--   amount_minor  what it returns, minor units
--   currency      currency of the amount
SELECT own_refund.source_id, own_refund.refund_key, own_refund.amount_minor, own_refund.currency
FROM frozen_refunds AS own_refund
CROSS JOIN parameters AS day
LEFT JOIN scope_refunds AS in_scope ON in_scope.source_id = own_refund.source_id
  AND in_scope.refund_key = own_refund.refund_key
LEFT JOIN refund_groups AS refund_group ON refund_group.refund_source_id = own_refund.source_id
  AND refund_group.refund_key = own_refund.refund_key
WHERE (own_refund.effective_at >= day.day_start_at
    AND own_refund.effective_at < day.day_end_at)
  OR (in_scope.refund_key IS NOT NULL
    AND (refund_group.group_id IS NOT NULL OR in_scope.is_open
      OR (in_scope.is_due AND own_refund.effective_at >= day.first_day_at)))
