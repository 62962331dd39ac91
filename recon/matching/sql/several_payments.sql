-- Payment ids on more than one row, exact repeats removed: the first row, how many there are, and what is
-- there too often: the sum of the others in its currency, since amounts of several currencies are no sum.
WITH several AS (
  SELECT
    r.*,
    COALESCE(r.request_id, r.provider_transaction_id) AS id,
    FIRST_VALUE(r.currency) OVER (
      PARTITION BY COALESCE(r.request_id, r.provider_transaction_id) ORDER BY r.clearing_day, r.file_id, r.line_number
    ) AS first_currency
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
    SUM(CASE WHEN s.currency = s.first_currency THEN s.amount_minor ELSE 0 END) OVER (PARTITION BY s.id) AS total_minor,
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
)
SELECT
  r.request_id, r.provider_transaction_id, r.file_id, r.line_number, r.clearing_day AS row_day,
  r.newest_day, r.report_count, CAST(r.day_count AS INTEGER) AS day_count, r.is_same_transaction,
  r.amount_minor, r.currency, CAST(r.total_minor - r.amount_minor AS BIGINT) AS excess_minor, r.is_one_currency,
  r.settlement_amount_minor, r.settlement_currency, r.participant_agreement_id, r.transaction_at, r.lines
FROM ranked AS r
WHERE r.place = 1
