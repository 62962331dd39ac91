-- The outcome of every refund key: the first matching rule, or with R00 the gravest flag.
-- Members of a group that agrees in sum are explained by the R09 of their order, but for an R07; an open refund past its deadline is R12.
-- known_code: that outcome; of a refund that is gone it is what the refund last showed, and the first of its flags.
WITH decided AS (
  SELECT f.*,
  {refund_decision} AS primary_code,
  {refund_flags} AS raised,
  {refund_sub_flags} AS details
  FROM refund_facts AS f
),
firsts AS (
  SELECT
    d.*,
    CASE WHEN d.primary_code = 'R00' AND d.raised <> '' THEN SPLIT_PART(d.raised, ' ', 1) ELSE d.primary_code END
      AS first_code
  FROM decided AS d
),
coded AS (
  SELECT
    d.*,
    d.is_split AND d.first_code IN ({group_codes}) AS is_in_group,
    TRIM(CASE
      WHEN d.is_split AND d.first_code IN ({group_codes}) AND d.is_over_refund THEN ''
      WHEN d.primary_code = 'R00' AND d.raised <> '' THEN SUBSTR(d.raised, LENGTH(SPLIT_PART(d.raised, ' ', 1)) + 2)
      ELSE d.raised END || ' ' || d.details) AS known_flags
  FROM firsts AS d
),
known AS (
  SELECT
    c.*,
    CASE
      WHEN c.is_in_group THEN CASE WHEN c.is_over_refund THEN 'R07' ELSE 'IN_GROUP' END
      WHEN c.first_code IN ({out_of_window_codes})
        AND c.created_at + INTERVAL '8' HOUR + INTERVAL '1' YEAR - INTERVAL '8' HOUR < day.as_of_at
        AND CAST(c.created_at + INTERVAL '8' HOUR + INTERVAL '1' YEAR AS DATE) < day.as_of_day THEN 'R12'
      ELSE c.first_code
    END AS known_code
  FROM coded AS c
  CROSS JOIN parameters AS day
)
SELECT
  k.*,
  CASE WHEN k.is_gone THEN 'R17' ELSE k.known_code END AS code,
  CASE WHEN k.is_gone AND k.known_code IN ({break_codes}) THEN TRIM(k.known_code || ' ' || k.known_flags)
    ELSE k.known_flags END AS flags
FROM known AS k
