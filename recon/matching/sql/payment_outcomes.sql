-- One row per payment.
-- The outcome of every payment key that needed attention: the first matching rule, or with P00 the gravest flag.
-- known_code: that outcome; of an order that is gone it is what the order last showed, and the first of its flags.
-- Reads: payment_facts
-- Columns:
--   source_id           source of our order, as configured
--   order_key           Ogloba's reference number of the order
--   payment_request_id  the paymentRequestId that we sent
--   has_order           an order of ours is behind it
--   ref_day             clearing day that its age counts from
--   noted_day           last clearing day that changed it
--   report_count        all its rows
--   day_count           rows of this clearing day
--   row_request_id      request id on the row
--   lines               places (file id and line) of all report rows behind it, oldest first, joined by blanks
--   known_code          outcome, were it not gone
--   code                outcome: a code of the catalogue, or one that is no break
--   flags               what else applies, joined by blanks
WITH decided AS (
  SELECT fact.*,
  {payment_decision} AS primary_code,
  {payment_flags} AS raised,
  {payment_sub_flags} AS details
  FROM payment_facts AS fact
),
coded AS (
  SELECT
    decided.*,
    CASE WHEN decided.primary_code = 'P00' AND decided.raised <> '' THEN SPLIT_PART(decided.raised, ' ', 1)
      ELSE decided.primary_code END
      AS known_code,
    TRIM(CASE WHEN decided.primary_code = 'P00' AND decided.raised <> ''
      THEN SUBSTR(decided.raised, LENGTH(SPLIT_PART(decided.raised, ' ', 1)) + 2)
        ELSE decided.raised END || ' ' || decided.details) AS known_flags
  FROM decided
)
SELECT
  coded.source_id, coded.order_key, coded.payment_request_id, coded.has_order, coded.ref_day, coded.noted_day,
  coded.row_count AS report_count, coded.day_count,
  coded.row_request_id, coded.lines, coded.known_code,
  CASE WHEN coded.is_gone THEN 'P21' ELSE coded.known_code END AS code,
  CASE WHEN coded.is_gone AND coded.known_code IN ({break_codes}) THEN TRIM(coded.known_code || ' '
    || coded.known_flags)
    ELSE coded.known_flags END AS flags
FROM coded
