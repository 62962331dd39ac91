-- One row per payment.
-- The outcome of every payment key that needed attention: the first matching rule; or with P00 the gravest flag, and with
-- OK_REFUNDED the gravest that the refund does not undo.
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
  {payment_sub_flags} AS details,
  {lasting_flags} AS lasting
  FROM payment_facts AS fact
),
firsts AS (
  SELECT
    decided.*,
    CASE WHEN decided.primary_code = 'P00' THEN SPLIT_PART(decided.raised, ' ', 1)
      WHEN decided.primary_code = 'OK_REFUNDED' THEN SPLIT_PART(decided.lasting, ' ', 1)
      ELSE '' END AS first_flag
  FROM decided
),
coded AS (
  SELECT
    first_row.*,
    CASE WHEN first_row.first_flag <> '' THEN first_row.first_flag ELSE first_row.primary_code END AS known_code,
    TRIM(CASE WHEN first_row.first_flag <> '' THEN REPLACE(first_row.raised || ' ', first_row.first_flag || ' ', '')
      ELSE first_row.raised || ' ' END || first_row.details) AS known_flags
  FROM firsts AS first_row
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
