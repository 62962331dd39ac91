-- One row per refund that an open break is about, or that an order which is carried over had the day before.
SELECT item.source_id, item.refund_key AS key FROM open_items AS item WHERE item.refund_key IS NOT NULL
UNION
SELECT refund.source_id, refund.refund_key
FROM refunds_before AS refund
JOIN carried_orders AS carried ON carried.source_id = refund.source_id AND carried.key = refund.order_key
