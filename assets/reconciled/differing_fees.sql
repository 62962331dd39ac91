-- One row per payment and kind of fee of a day that is charged otherwise than contracted, once.
SELECT {columns}
FROM reconciled.fees AS fee
WHERE fee.as_of_day = ? AND fee.code = 'C04' AND NOT fee.is_refund AND fee.transaction_count = 1 AND fee.fee_count = 1
ORDER BY fee.transaction_id, fee.fee_kind
