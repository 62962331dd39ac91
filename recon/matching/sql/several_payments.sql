-- Payment ids on more than one row, exact repeats removed: the first row, how many there are, and what is there too often.
-- Amounts of different currencies are not added: the excess is that in the currency of the first row, else in another one.
WITH several AS (
  SELECT r.*, COALESCE(r.request_id, r.provider_transaction_id) AS id
  FROM rows_in_scope AS r
  WHERE r.row_role = 'PAYMENT'
    AND COALESCE(r.request_id, r.provider_transaction_id) IN (SELECT s.id FROM repeated_ids AS s)
    AND NOT EXISTS (SELECT 1 FROM repeated_rows AS x WHERE x.file_id = r.file_id AND x.line_number = r.line_number)
),
ranked AS (
  SELECT
    s.*,
    COUNT(*) OVER (PARTITION BY s.id) AS report_count,
    SUM(CASE WHEN s.clearing_day = day.as_of_day THEN 1 ELSE 0 END) OVER (PARTITION BY s.id) AS day_count,
    MIN(s.currency) OVER (PARTITION BY s.id) = MAX(s.currency) OVER (PARTITION BY s.id) AS is_one_currency,
    MIN(s.provider_transaction_id) OVER (PARTITION BY s.id) = MAX(s.provider_transaction_id) OVER (PARTITION BY s.id)
      AS is_same_transaction,
    MAX(s.clearing_day) OVER (PARTITION BY s.id) AS newest_day,
    STRING_AGG(s.file_id || ':' || CAST(s.line_number AS VARCHAR), ' ') OVER (
      PARTITION BY s.id ORDER BY s.clearing_day, s.file_id, s.line_number
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS lines,
    ROW_NUMBER() OVER (PARTITION BY s.id ORDER BY s.clearing_day, s.file_id, s.line_number) AS place
  FROM several AS s
  CROSS JOIN parameters AS day
),
excess AS (
  SELECT
    e.id, e.currency, SUM(CASE WHEN e.place > 1 THEN e.amount_minor ELSE 0 END) AS excess_minor,
    ROW_NUMBER() OVER (
      PARTITION BY e.id
      ORDER BY CASE WHEN SUM(CASE WHEN e.place > 1 THEN 1 ELSE 0 END) = 0 THEN 2 ELSE 1 END, MIN(e.place), e.currency
    ) AS choice
  FROM ranked AS e
  GROUP BY e.id, e.currency
)
SELECT
  r.request_id, r.provider_transaction_id, r.file_id, r.line_number, r.clearing_day AS row_day,
  r.newest_day, r.report_count, CAST(r.day_count AS INTEGER) AS day_count, r.is_same_transaction,
  r.amount_minor, r.currency, CAST(e.excess_minor AS BIGINT) AS excess_minor, e.currency AS excess_currency, r.is_one_currency,
  r.settlement_amount_minor, r.settlement_currency, r.participant_agreement_id, r.transaction_at, r.lines
FROM ranked AS r
JOIN excess AS e ON e.id = r.id AND e.choice = 1
WHERE r.place = 1
