-- Suggestions for payments that no order claims: an order without a report row whose reference is the same but for
-- padding, letter case or blanks, or shares the first twenty characters. Never a match, only a place to look.
WITH unclaimed AS (
  SELECT p.lines, p.payment_request_id AS id
  FROM payment_outcomes AS p
  WHERE NOT p.has_order AND p.payment_request_id IS NOT NULL
),
unreported AS (
  SELECT p.order_key, p.payment_request_id AS id
  FROM payment_outcomes AS p
  WHERE p.has_order AND p.report_count = 0
),
near AS (
  SELECT u.lines, o.order_key
  FROM unclaimed AS u
  JOIN unreported AS o ON SUBSTR(o.id, 1, 20) = SUBSTR(u.id, 1, 20)
  WHERE LENGTH(u.id) >= 20 AND LENGTH(o.id) >= 20
  UNION ALL
  SELECT u.lines, o.order_key
  FROM unclaimed AS u
  JOIN unreported AS o ON UPPER(TRIM(LEADING '0' FROM TRIM(o.id))) = UPPER(TRIM(LEADING '0' FROM TRIM(u.id)))
)
SELECT n.lines, MIN(n.order_key) AS near_key
FROM near AS n
GROUP BY n.lines
