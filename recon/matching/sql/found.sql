-- One row per break.
-- Everything that the decision tables found on this day, one line per break.
-- Reads: found_fees, found_groups, found_payments, found_refunds
-- Columns:
--   found_payments.*  the same columns
SELECT payment.* FROM found_payments AS payment
UNION ALL
SELECT refund.* FROM found_refunds AS refund
UNION ALL
SELECT refund_group.* FROM found_groups AS refund_group
UNION ALL
SELECT fee.* FROM found_fees AS fee
