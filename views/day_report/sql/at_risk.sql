-- One row per day and currency: the money at risk, minor units.
SELECT as_of_day, currency, CAST(SUM(amount_at_risk_minor) AS BIGINT) AS amount_minor
FROM breaks.items
WHERE as_of_day BETWEEN ? AND ? AND incident_id IS NULL AND amount_at_risk_minor > 0 AND currency IS NOT NULL
GROUP BY as_of_day, currency
ORDER BY as_of_day, currency
