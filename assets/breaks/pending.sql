-- One row per payment of a day whose outcome is still open: the codes are given.
SELECT as_of_day, source_id, order_key, payment_request_id, code
FROM reconciled.payments
WHERE as_of_day = ? AND LIST_CONTAINS(?, code)
