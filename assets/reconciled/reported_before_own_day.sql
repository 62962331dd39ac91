-- One row per order and day on which a report named it before its own clearing day.
-- Bound: day
SELECT payment.payment_request_id
FROM reconciled.payments AS payment
WHERE payment.as_of_day < $day AND payment.ref_day >= $day
