-- The outcome of every payment key that needed attention: the first matching rule, or with P00 the gravest flag.
WITH decided AS (
  SELECT f.*,
  {payment_decision} AS primary_code,
  {payment_flags} AS raised,
  {payment_sub_flags} AS details
  FROM payment_facts AS f
)
SELECT
  d.source_id, d.order_key, d.payment_request_id, d.has_order, d.ref_day, d.noted_day, d.report_count, d.day_count,
  d.row_request_id, d.lines,
  CASE WHEN d.primary_code = 'P00' AND d.raised <> '' THEN SPLIT_PART(d.raised, ' ', 1) ELSE d.primary_code END AS code,
  TRIM(CASE WHEN d.primary_code = 'P00' AND d.raised <> ''
    THEN SUBSTR(d.raised, LENGTH(SPLIT_PART(d.raised, ' ', 1)) + 2) ELSE d.raised END || ' ' || d.details) AS flags
FROM decided AS d
