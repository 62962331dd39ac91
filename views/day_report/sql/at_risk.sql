-- One row per break with money at risk; `recon.breaks.at_risk` adds it up.
SELECT as_of_day, currency, break_code, flags, amount_at_risk_minor
FROM breaks.items
WHERE as_of_day BETWEEN ? AND ? AND incident_id IS NULL AND amount_at_risk_minor > 0
