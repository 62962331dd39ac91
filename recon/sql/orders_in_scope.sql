-- Every order that gets an outcome on this day, and partners of refunds that get none (is_partner).
SELECT o.*, FALSE AS is_other_day
FROM frozen_orders AS o
CROSS JOIN parameters AS day
WHERE CAST(COALESCE(o.paid_at, o.created_at) + INTERVAL '8' HOUR AS DATE) = day.as_of_day
UNION ALL
SELECT o.*, TRUE AS is_other_day
FROM other_orders AS o
