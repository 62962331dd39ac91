-- One row per payment with more than one row.
-- Payment ids on more than one row, exact repeats removed: the first row, how many there are, and what is there too
-- often. Amounts of different currencies are not added: the excess is that in the currency of the first row, else in
-- another one.
-- Reads: parameters, repeated_ids, repeated_rows, rows_in_scope
-- Columns:
--   request_id                the paymentRequestId or refundRequestId of the row
--   provider_transaction_id   the paymentId or refundId of Alipay+
--   file_id                   file name and version that the row was read from
--   line_number               line of that file, from 1
--   row_day                   clearing day of the first row
--   newest_day                last clearing day with a row of it
--   report_count              number of rows, exact repeats removed
--   day_count                 rows of this clearing day
--   is_same_transaction       several rows with one Alipay+ id
--   amount_minor              amount, minor units
--   currency                  currency of the amount
--   captured_minor            what all rows in the currency of the first one took, minor units
--   excess_minor              what was reported beyond the first row, or returned beyond the payment, minor units
--   excess_currency           currency of the excess
--   is_one_currency           all its rows have one currency
--   settlement_amount_minor   amount in the settlement currency, minor units
--   settlement_currency       currency in which Alipay+ pays
--   participant_agreement_id  the agreement under which Alipay+ pays
--   transaction_at            when it happened, as the report says
--   lines                     places (file id and line) of all report rows behind it, oldest first, joined by blanks
WITH several AS (
  SELECT report_row.*, COALESCE(report_row.request_id, report_row.provider_transaction_id) AS id
  FROM rows_in_scope AS report_row
  WHERE report_row.row_role = 'PAYMENT'
    AND COALESCE(report_row.request_id, report_row.provider_transaction_id) IN (SELECT repeated.id FROM repeated_ids
      AS repeated)
    AND NOT EXISTS (SELECT 1 FROM repeated_rows AS copy WHERE copy.file_id = report_row.file_id
      AND copy.line_number = report_row.line_number)
),
ranked AS (
  SELECT
    several.*,
    COUNT(*) OVER (PARTITION BY several.id) AS report_count,
    SUM(CASE WHEN several.clearing_day = day.as_of_day THEN 1 ELSE 0 END) OVER (PARTITION BY several.id) AS day_count,
    MIN(several.currency) OVER (PARTITION BY several.id) = MAX(several.currency) OVER (PARTITION BY several.id)
      AS is_one_currency,
    MIN(several.provider_transaction_id) OVER (PARTITION BY several.id)
      = MAX(several.provider_transaction_id) OVER (PARTITION BY several.id)
      AS is_same_transaction,
    MAX(several.clearing_day) OVER (PARTITION BY several.id) AS newest_day,
    STRING_AGG({place(several)}, ' ') OVER (
      PARTITION BY several.id ORDER BY several.clearing_day, several.file_id, several.line_number
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS lines,
    ROW_NUMBER() OVER (PARTITION BY several.id ORDER BY several.clearing_day, several.file_id, several.line_number)
      AS place
  FROM several
  CROSS JOIN parameters AS day
),
excess AS (
  SELECT
    ranked.id, ranked.currency, SUM(CASE WHEN ranked.place > 1 THEN ranked.amount_minor ELSE 0 END) AS excess_minor,
    ROW_NUMBER() OVER (
      PARTITION BY ranked.id
      ORDER BY CASE WHEN SUM(CASE WHEN ranked.place > 1 THEN 1 ELSE 0 END) = 0 THEN 2 ELSE 1 END, MIN(ranked.place),
        ranked.currency
    ) AS choice
  FROM ranked
  GROUP BY ranked.id, ranked.currency
)
SELECT
  ranked.request_id, ranked.provider_transaction_id, ranked.file_id, ranked.line_number, ranked.clearing_day AS row_day,
  ranked.newest_day, ranked.report_count, CAST(ranked.day_count AS INTEGER) AS day_count, ranked.is_same_transaction,
  ranked.amount_minor, ranked.currency,
  CAST(ranked.amount_minor + CASE WHEN excess.currency = ranked.currency THEN excess.excess_minor ELSE 0 END AS BIGINT)
    AS captured_minor,
  CAST(excess.excess_minor AS BIGINT) AS excess_minor,
  excess.currency AS excess_currency, ranked.is_one_currency,
  ranked.settlement_amount_minor, ranked.settlement_currency, ranked.participant_agreement_id, ranked.transaction_at,
  ranked.lines
FROM ranked
JOIN excess ON excess.id = ranked.id AND excess.choice = 1
WHERE ranked.place = 1
