-- The outcome of every payment key that needed attention: the first matching rule, or with P00 the gravest flag.
-- known_code: that outcome; of an order that is gone it is what the order last showed, and the first of its flags.
WITH decided AS (
  SELECT f.*,
  {payment_decision} AS primary_code,
  {payment_flags} AS raised,
  {payment_sub_flags} AS details
  FROM payment_facts AS f
),
coded AS (
  SELECT
    d.*,
    CASE WHEN d.primary_code = 'P00' AND d.raised <> '' THEN SPLIT_PART(d.raised, ' ', 1) ELSE d.primary_code END
      AS known_code,
    TRIM(CASE WHEN d.primary_code = 'P00' AND d.raised <> ''
      THEN SUBSTR(d.raised, LENGTH(SPLIT_PART(d.raised, ' ', 1)) + 2) ELSE d.raised END || ' ' || d.details) AS known_flags
  FROM decided AS d
)
SELECT
  c.source_id, c.order_key, c.payment_request_id, c.has_order, c.ref_day, c.noted_day,
  c.row_count AS report_count, c.day_count,
  c.row_request_id, c.lines, c.known_code,
  CASE WHEN c.is_gone THEN 'P21' ELSE c.known_code END AS code,
  CASE WHEN c.is_gone AND c.known_code IN ({break_codes}) THEN TRIM(c.known_code || ' ' || c.known_flags)
    ELSE c.known_flags END AS flags
FROM coded AS c
