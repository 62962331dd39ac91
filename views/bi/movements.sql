-- One row per break and clearing day on which it was on a list or left it: what happened to it on that day.
-- Amount and merchant are those of the list of the day; of a break that left it, those of the day before.
SELECT
  moved.as_of_day AS clearing_day,
  moved.break_id,
  movement.words AS movement,
  moved.code_before,
  before.words AS name_before,
  moved.code_after,
  after.words AS name_after,
  COALESCE(outcome.words, outcome_code.words, moved.outcome) AS outcome,
  resolver.words AS resolved_by,
  COALESCE(item.severity, earlier.severity) AS severity,
  COALESCE(item.merchant_id, earlier.merchant_id) AS merchant_id,
  COALESCE(item.merchant_name, earlier.merchant_name) AS merchant_name,
  COALESCE(item.incident_id, earlier.incident_id) AS incident_id,
  currency.currency,
  currency.decimals AS currency_decimals,
  CAST(
    CAST(COALESCE(item.amount_at_risk_minor, earlier.amount_at_risk_minor) AS DECIMAL(20, 0)) * currency.unit
    AS DECIMAL(24, 4)
  ) AS amount_at_risk
FROM breaks.movements AS moved
LEFT JOIN breaks.items AS item ON item.as_of_day = moved.as_of_day AND item.break_id = moved.break_id
LEFT JOIN breaks.items AS earlier
  ON earlier.break_id = moved.break_id
  AND CASE WHEN item.break_id IS NULL THEN earlier.as_of_day + INTERVAL 1 DAY END = moved.as_of_day
LEFT JOIN bi.words AS movement ON movement.kind = 'movement' AND movement.code = moved.movement
LEFT JOIN bi.words AS before ON before.kind = 'break' AND before.code = moved.code_before
LEFT JOIN bi.words AS after ON after.kind = 'break' AND after.code = moved.code_after
LEFT JOIN bi.words AS outcome ON outcome.kind = 'outcome' AND outcome.code = moved.outcome
LEFT JOIN bi.words AS outcome_code ON outcome_code.kind = 'break' AND outcome_code.code = moved.outcome
LEFT JOIN bi.words AS resolver ON resolver.kind = 'resolver' AND resolver.code = moved.resolved_by
LEFT JOIN bi.currencies AS currency
  ON currency.currency = CASE WHEN item.break_id IS NULL THEN earlier.currency ELSE item.currency END
