-- The outcome of every payment key, slim: the first matching rule, or with P00 the gravest flag.
WITH decided AS (
  SELECT f.*,
  {payment_decision} AS primary_code,
  {payment_flags} AS raised,
  {payment_sub_flags} AS details
  FROM payment_facts AS f
)
SELECT
  d.source_id, d.order_key, d.file_id, d.line_number, d.ref_day, d.noted_day, d.report_count,
  CASE WHEN d.primary_code = 'P00' AND d.raised <> '' THEN SPLIT_PART(d.raised, ' ', 1) ELSE d.primary_code END AS code,
  CASE WHEN d.raised = '' AND d.details = '' THEN ''
    WHEN d.primary_code = 'P00' AND d.raised <> ''
      THEN TRIM(SUBSTR(d.raised, LENGTH(SPLIT_PART(d.raised, ' ', 1)) + 2) || ' ' || d.details)
    ELSE TRIM(d.raised || ' ' || d.details) END AS flags
FROM decided AS d
