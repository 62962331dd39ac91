-- One row per break of each day.
SELECT item.as_of_day, item.severity, item.state, item.currency, item.break_code, item.flags, item.amount_at_risk_minor,
  item.incident_id
FROM breaks.items AS item
