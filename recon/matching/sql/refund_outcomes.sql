-- One row per refund.
-- The outcome of every refund key: the first matching rule, or with R00 the gravest flag.
-- Members of a group that agrees in sum are explained by the R09 of their order, but for what a sum does not explain;
-- an open refund past its deadline is R12. known_code: that outcome; of a refund that is gone it is what the refund
-- last showed, and the first of its flags.
-- Reads: parameters, refund_facts
-- Columns:
--   source_id                 source of our order, as configured
--   refund_key                Ogloba's reference number of the void
--   order_key                 Ogloba's reference number of the order
--   has_local                 the refund is one of ours
--   alert_sent_at             when Ogloba warned of a failed void
--   refund_request_id         the refundRequestId that we sent; empty: never sent
--   payment_request_id        the paymentRequestId that we sent
--   row_request_id            request id on the row
--   provider_transaction_id   the paymentId or refundId of Alipay+
--   lines                     places (file id and line) of all report rows behind it, oldest first, joined by blanks
--   noted_day                 last clearing day that changed it
--   ref_day                   clearing day that its age counts from
--   report_count              number of rows, exact repeats removed
--   day_count                 rows of this clearing day
--   begun_at                  when the refund was asked for, else when the report says that it happened; UTC
--   created_at                when the order was created
--   order_minor               our amount, minor units
--   order_currency            currency of our amount
--   report_minor              amount of the first row, minor units
--   report_currency           currency of the row
--   excess_minor              what was reported beyond the first row, or returned beyond the payment, minor units
--   excess_currency           currency of the excess
--   report_settlement_minor   settlement amount of the row, minor units
--   payment_minor             what can be refunded of the payment, minor units
--   captured_minor            first payment row of the order, minor units
--   payment_settlement_minor  settlement amount of the payment row, minor units
--   settlement_currency       currency in which Alipay+ pays
--   all_reported_minor        refunds of the order that the reports show, minor units
--   all_local_minor           refunds of the order that are ours and succeeded, minor units
--   other_key                 another order of ours, whose payment the row names
--   known_code                outcome, were it not gone
--   code                      outcome: a code of the catalogue, or one that is no break
--   flags                     what else applies, joined by blanks
WITH decided AS (
  SELECT fact.*,
  {refund_decision} AS primary_code,
  {refund_flags} AS raised,
  {unexplained_flags} AS unexplained,
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
      WHEN first_row.is_split AND first_row.first_code IN ({group_codes}) AND first_row.unexplained <> ''
        THEN SUBSTR(first_row.unexplained, LENGTH(SPLIT_PART(first_row.unexplained, ' ', 1)) + 2)
      WHEN first_row.primary_code = 'R00' AND first_row.raised <> '' THEN SUBSTR(first_row.raised,
        LENGTH(SPLIT_PART(first_row.raised, ' ', 1)) + 2)
      ELSE first_row.raised END || ' ' || first_row.details) AS known_flags
  FROM firsts AS first_row
),
known AS (
  SELECT
    coded.*,
    CASE
      WHEN coded.is_in_group THEN CASE WHEN coded.unexplained <> ''
        THEN SPLIT_PART(coded.unexplained, ' ', 1) ELSE 'IN_GROUP' END
      WHEN coded.first_code IN ({out_of_window_codes})
        AND coded.created_at + INTERVAL '8' HOUR + INTERVAL '1' YEAR - INTERVAL '8' HOUR < day.as_of_at
        AND CAST(coded.created_at + INTERVAL '8' HOUR + INTERVAL '1' YEAR AS DATE) < day.as_of_day THEN 'R12'
      ELSE coded.first_code
    END AS known_code
  FROM coded
  CROSS JOIN parameters AS day
)
SELECT
  known.source_id, known.refund_key, known.order_key, known.has_local, known.alert_sent_at, known.refund_request_id,
  known.payment_request_id, known.row_request_id, known.provider_transaction_id, known.lines, known.noted_day,
  known.ref_day, known.report_count, known.day_count, known.begun_at, known.created_at, known.order_minor,
  known.order_currency, known.report_minor, known.report_currency, known.excess_minor, known.excess_currency,
  known.report_settlement_minor, known.payment_minor, known.captured_minor, known.payment_settlement_minor,
  known.settlement_currency, known.all_reported_minor, known.all_local_minor, known.other_key, known.known_code,
  CASE WHEN known.is_gone AND known.known_code <> 'OK_ARCHIVED' THEN 'R17' ELSE known.known_code END AS code,
  CASE WHEN known.is_gone AND known.known_code IN ({break_codes}) THEN TRIM(known.known_code || ' '
    || known.known_flags)
    ELSE known.known_flags END AS flags
FROM known
