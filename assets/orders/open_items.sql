-- One row per break on a payment or refund that the day before left open.
SELECT item.* FROM breaks.items AS item
WHERE item.as_of_day = $before AND item.state <> 'NOTED' AND item.family IN ('P', 'R')
