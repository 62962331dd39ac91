-- One row per payment row with a suggestion.
-- Suggestions for payments that no order claims: an order without a report row whose reference is the same but for
-- padding, letter case or blanks, or shares the first twenty characters. Never a match, only a place to look.
-- Reads: payment_outcomes
-- Columns:
--   lines     place of the payment row that no order claims
--   near_key  order_key of the suggested order
WITH unclaimed AS (
  SELECT outcome.lines, outcome.payment_request_id AS id
  FROM payment_outcomes AS outcome
  WHERE NOT outcome.has_order AND outcome.payment_request_id IS NOT NULL
),
unreported AS (
  SELECT outcome.order_key, outcome.payment_request_id AS id
  FROM payment_outcomes AS outcome
  WHERE outcome.has_order AND outcome.report_count = 0
),
near AS (
  SELECT unclaimed.lines, unreported.order_key
  FROM unclaimed
  JOIN unreported ON SUBSTR(unreported.id, 1, 20) = SUBSTR(unclaimed.id, 1, 20)
  WHERE LENGTH(unclaimed.id) >= 20 AND LENGTH(unreported.id) >= 20
  UNION ALL
  SELECT unclaimed.lines, unreported.order_key
  FROM unclaimed
  JOIN unreported ON UPPER(TRIM(LEADING '0' FROM TRIM(unreported.id)))
    = UPPER(TRIM(LEADING '0' FROM TRIM(unclaimed.id)))
)
SELECT near.lines, MIN(near.order_key) AS near_key
FROM near
GROUP BY near.lines
