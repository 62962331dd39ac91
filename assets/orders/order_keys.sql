-- One row per order that an open break is about or suggests, or that was pending the day before.
SELECT item.source_id, item.order_key AS key FROM open_items AS item WHERE item.order_key IS NOT NULL
UNION
SELECT item.source_id, item.partner_key FROM open_items AS item WHERE item.partner_key IS NOT NULL
UNION
SELECT pending.source_id, pending.order_key FROM pending_before AS pending
