-- One row per fee row that the decision table looks at.
-- The fee rows of those transactions, of this day and of earlier ones: all rows of such a transaction, never some. A fee
-- row of an earlier day that names an Alipay+ id which no transaction has belongs to the one with its request id.
-- Reads: fee_lines, fee_lines_before, fee_transactions, fee_wanted, fee_wanted_requests, parameters, rows_before,
--   rows_of_day
-- Columns:
--   fee_lines.*  its columns, unchanged
WITH ids AS (
  SELECT named.id, MAX(named.is_before) AS is_before
  FROM (
    SELECT wanted.id, wanted.is_before FROM fee_wanted AS wanted
    UNION ALL
    SELECT fee_transaction.provider_transaction_id,
      CASE WHEN fee_transaction.clearing_day < day.as_of_day THEN 1 ELSE 0 END
    FROM fee_transactions AS fee_transaction
    CROSS JOIN parameters AS day
  ) AS named
  WHERE named.id IS NOT NULL
  GROUP BY named.id
),
requests AS (
  SELECT wanted_request.id FROM fee_wanted_requests AS wanted_request WHERE wanted_request.id IS NOT NULL
  UNION
  SELECT fee_transaction.request_id FROM fee_transactions AS fee_transaction
    WHERE fee_transaction.request_id IS NOT NULL
),
lines_before AS (
  SELECT fee_line.*
  FROM fee_lines_before AS fee_line
  JOIN requests AS request ON request.id = fee_line.request_id
  LEFT JOIN ids ON ids.id = fee_line.provider_transaction_id AND ids.is_before = 1
  WHERE ids.id IS NULL
),
known AS (
  SELECT report_row.provider_transaction_id AS id FROM rows_of_day AS report_row
    JOIN lines_before AS fee_line ON fee_line.provider_transaction_id = report_row.provider_transaction_id
  UNION
  SELECT report_row.provider_transaction_id AS id FROM rows_before AS report_row
    JOIN lines_before AS fee_line ON fee_line.provider_transaction_id = report_row.provider_transaction_id
)
SELECT fee_line.*
FROM fee_lines AS fee_line
LEFT JOIN ids ON ids.id = fee_line.provider_transaction_id
LEFT JOIN requests AS request
  ON request.id = CASE WHEN fee_line.provider_transaction_id IS NULL THEN fee_line.request_id END
WHERE ids.id IS NOT NULL OR request.id IS NOT NULL
UNION ALL
SELECT fee_lines_before.* FROM fee_lines_before JOIN ids ON ids.id = fee_lines_before.provider_transaction_id
  AND ids.is_before = 1
UNION ALL
SELECT fee_line.* FROM lines_before AS fee_line LEFT JOIN known ON known.id = fee_line.provider_transaction_id
  WHERE known.id IS NULL
