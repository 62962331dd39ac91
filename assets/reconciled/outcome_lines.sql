-- One row per outcome that has rows of the day: its side and the places of its rows.
SELECT 'rows' AS side, lines FROM payment_outcomes WHERE day_count > 0
UNION ALL
SELECT 'rows', lines FROM refund_outcomes WHERE day_count > 0
UNION ALL
SELECT 'fees', lines FROM fee_outcomes WHERE day_count > 0
