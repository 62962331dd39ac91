-- One row per refund: ours, a refund that only the report knows, or a row of another type.
-- Rows that are settled since an earlier day make no group, but with a new row of the same refund.
-- Reads: parameters, refund_lines
-- Columns:
--   group_id                  key of the refund: of ours, or of the row that only the report knows
--   refund_source_id          source of our refund
--   refund_key                Ogloba's reference number of the void
--   order_source_id           source of the order
--   order_key                 Ogloba's reference number of the order
--   is_paired_by_provider_id  paired by the id of Alipay+, not by the request id
--   row_role                  how the type is understood: PAYMENT, REFUND, OTHER
--   transaction_type          PAYMENT, REFUND and others, as delivered
--   request_id                the paymentRequestId or refundRequestId of the row
--   provider_transaction_id   the paymentId or refundId of Alipay+
--   original_request_id       of a refund: the paymentRequestId of its payment
--   newest_day                last clearing day with a row of it
--   report_count              number of rows, exact repeats removed
--   day_count                 rows of this clearing day
--   is_same_transaction       several rows with one Alipay+ id
--   amount_minor              amount, minor units
--   currency                  currency of the amount
--   excess_minor              what was reported beyond the first row, or returned beyond the payment, minor units
--   excess_currency           currency of the excess
--   settlement_amount_minor   amount in the settlement currency, minor units
--   settlement_currency       currency in which Alipay+ pays
--   transaction_at            when it happened, as the report says
--   lines                     places (file id and line) of all report rows behind it, oldest first, joined by blanks
WITH repeated AS (
  SELECT refund_line.group_id, COUNT(*) AS report_count,
    SUM(CASE WHEN refund_line.clearing_day = day.as_of_day THEN 1 ELSE 0 END) AS day_count,
    MIN(refund_line.provider_transaction_id) = MAX(refund_line.provider_transaction_id) AS is_same_transaction,
    MAX(refund_line.clearing_day) AS newest_day,
    MIN(CASE WHEN refund_line.is_settled_earlier THEN 1 ELSE 0 END) = 1 AS is_settled_earlier,
    STRING_AGG({place(refund_line)}, ' '
      ORDER BY refund_line.clearing_day, refund_line.file_id, refund_line.line_number)
      AS lines
  FROM refund_lines AS refund_line
  CROSS JOIN parameters AS day
  WHERE refund_line.group_id IN (SELECT member.group_id FROM refund_lines AS member GROUP BY member.group_id
    HAVING COUNT(*) > 1)
  GROUP BY refund_line.group_id
),
firsts AS (
  SELECT refund_line.group_id,
    ROW_NUMBER() OVER (PARTITION BY refund_line.group_id ORDER BY refund_line.clearing_day, refund_line.file_id,
      refund_line.line_number) AS place,
    refund_line.file_id, refund_line.line_number
  FROM refund_lines AS refund_line
  WHERE refund_line.group_id IN (SELECT repeated.group_id FROM repeated)
),
excess AS (
  SELECT
    refund_line.group_id, refund_line.currency,
    SUM(CASE WHEN first_row.place > 1 THEN refund_line.amount_minor ELSE 0 END) AS excess_minor,
    ROW_NUMBER() OVER (
      PARTITION BY refund_line.group_id
      ORDER BY CASE WHEN SUM(CASE WHEN first_row.place > 1 THEN 1 ELSE 0 END) = 0 THEN 2 ELSE 1 END,
        MIN(first_row.place), refund_line.currency
    ) AS choice
  FROM refund_lines AS refund_line
  JOIN firsts AS first_row ON first_row.group_id = refund_line.group_id AND first_row.file_id = refund_line.file_id
    AND first_row.line_number = refund_line.line_number
  GROUP BY refund_line.group_id, refund_line.currency
)
SELECT
  refund_line.group_id, refund_line.refund_source_id, refund_line.refund_key, refund_line.order_source_id,
  refund_line.order_key, refund_line.is_paired_by_provider_id,
  refund_line.row_role, refund_line.transaction_type, refund_line.request_id, refund_line.provider_transaction_id,
  refund_line.original_request_id,
  COALESCE(repeated.newest_day, refund_line.clearing_day) AS newest_day,
  COALESCE(repeated.report_count, 1) AS report_count,
  CAST(COALESCE(repeated.day_count, CASE WHEN refund_line.clearing_day = day.as_of_day THEN 1
    ELSE 0 END) AS INTEGER) AS day_count,
  COALESCE(repeated.is_same_transaction, FALSE) AS is_same_transaction,
  refund_line.amount_minor, refund_line.currency,
  CAST(COALESCE(excess.excess_minor, 0) AS BIGINT) AS excess_minor,
  COALESCE(excess.currency, refund_line.currency) AS excess_currency,
  refund_line.settlement_amount_minor, refund_line.settlement_currency, refund_line.transaction_at,
  COALESCE(repeated.lines, {place(refund_line)}) AS lines
FROM refund_lines AS refund_line
CROSS JOIN parameters AS day
LEFT JOIN repeated ON repeated.group_id = refund_line.group_id
LEFT JOIN firsts AS first_row ON first_row.group_id = refund_line.group_id AND first_row.place = 1
LEFT JOIN excess ON excess.group_id = refund_line.group_id AND excess.choice = 1
WHERE (repeated.group_id IS NULL OR (first_row.file_id = refund_line.file_id
  AND first_row.line_number = refund_line.line_number))
  AND NOT COALESCE(repeated.is_settled_earlier, refund_line.is_settled_earlier)
