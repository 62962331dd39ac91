-- One row per refund.
-- The outcome of every refund key: the first matching rule, or with R00 the gravest flag.
-- Members of a group that agrees in sum are explained by the R09 of their order, but for an R07; an open refund past
-- its deadline is R12. known_code: that outcome; of a refund that is gone it is what the refund last showed, and the
-- first of its flags.
-- Reads: parameters, refund_facts
-- Columns:
--   refund_facts.*  its columns, unchanged
--   primary_code    first matching rule of the decision table
--   raised          flags that the decision table raised, joined by blanks
--   details         sub-flags that the decision table raised, joined by blanks
--   first_code      first matching rule, or with R00 the first flag
--   is_in_group     explained by the sum of the refunds of its order
--   known_flags     flags, were it not gone
--   known_code      outcome, were it not gone
--   code            outcome: a code of the catalogue, or one that is no break
--   flags           what else applies, joined by blanks
WITH decided AS (
  SELECT fact.*,
  {refund_decision} AS primary_code,
  {refund_flags} AS raised,
  {refund_sub_flags} AS details
  FROM refund_facts AS fact
),
firsts AS (
  SELECT
    decided.*,
    CASE WHEN decided.primary_code = 'R00' AND decided.raised <> '' THEN SPLIT_PART(decided.raised, ' ', 1)
      ELSE decided.primary_code END
      AS first_code
  FROM decided
),
coded AS (
  SELECT
    first_row.*,
    first_row.is_split AND first_row.first_code IN ({group_codes}) AS is_in_group,
    TRIM(CASE
      WHEN first_row.is_split AND first_row.first_code IN ({group_codes}) AND first_row.is_over_refund THEN ''
      WHEN first_row.primary_code = 'R00' AND first_row.raised <> '' THEN SUBSTR(first_row.raised,
        LENGTH(SPLIT_PART(first_row.raised, ' ', 1)) + 2)
      ELSE first_row.raised END || ' ' || first_row.details) AS known_flags
  FROM firsts AS first_row
),
known AS (
  SELECT
    coded.*,
    CASE
      WHEN coded.is_in_group THEN CASE WHEN coded.is_over_refund THEN 'R07' ELSE 'IN_GROUP' END
      WHEN coded.first_code IN ({out_of_window_codes})
        AND coded.created_at + INTERVAL '8' HOUR + INTERVAL '1' YEAR - INTERVAL '8' HOUR < day.as_of_at
        AND CAST(coded.created_at + INTERVAL '8' HOUR + INTERVAL '1' YEAR AS DATE) < day.as_of_day THEN 'R12'
      ELSE coded.first_code
    END AS known_code
  FROM coded
  CROSS JOIN parameters AS day
)
SELECT
  known.*,
  CASE WHEN known.is_gone THEN 'R17' ELSE known.known_code END AS code,
  CASE WHEN known.is_gone AND known.known_code IN ({break_codes}) THEN TRIM(known.known_code || ' '
    || known.known_flags)
    ELSE known.known_flags END AS flags
FROM known
