-- One line per refund: ours, a refund that only the report knows, or a row of another type.
-- An earlier row that belonged to a refund of ours is settled there, although this day does not look at that refund.
WITH repeated AS (
  SELECT l.group_id, COUNT(*) AS report_count,
    SUM(CASE WHEN l.clearing_day = day.as_of_day THEN 1 ELSE 0 END) AS day_count,
    MIN(l.provider_transaction_id) = MAX(l.provider_transaction_id) AS is_same_transaction,
    MAX(l.clearing_day) AS newest_day,
    STRING_AGG(l.file_id || ':' || CAST(l.line_number AS VARCHAR), ' ' ORDER BY l.clearing_day, l.file_id, l.line_number)
      AS lines
  FROM refund_lines AS l
  CROSS JOIN parameters AS day
  WHERE l.group_id IN (SELECT x.group_id FROM refund_lines AS x GROUP BY x.group_id HAVING COUNT(*) > 1)
  GROUP BY l.group_id
),
firsts AS (
  SELECT l.group_id,
    ROW_NUMBER() OVER (PARTITION BY l.group_id ORDER BY l.clearing_day, l.file_id, l.line_number) AS place,
    l.file_id, l.line_number
  FROM refund_lines AS l
  WHERE l.group_id IN (SELECT r.group_id FROM repeated AS r)
),
excess AS (
  SELECT
    l.group_id, l.currency, SUM(CASE WHEN f.place > 1 THEN l.amount_minor ELSE 0 END) AS excess_minor,
    ROW_NUMBER() OVER (
      PARTITION BY l.group_id
      ORDER BY CASE WHEN SUM(CASE WHEN f.place > 1 THEN 1 ELSE 0 END) = 0 THEN 2 ELSE 1 END, MIN(f.place), l.currency
    ) AS choice
  FROM refund_lines AS l
  JOIN firsts AS f ON f.group_id = l.group_id AND f.file_id = l.file_id AND f.line_number = l.line_number
  GROUP BY l.group_id, l.currency
)
SELECT
  l.group_id, l.refund_source_id, l.refund_key, l.order_source_id, l.order_key, l.is_paired_by_provider_id,
  l.row_role, l.transaction_type, l.request_id, l.provider_transaction_id, l.original_request_id,
  COALESCE(r.newest_day, l.clearing_day) AS newest_day,
  COALESCE(r.report_count, 1) AS report_count,
  CAST(COALESCE(r.day_count, CASE WHEN l.clearing_day = day.as_of_day THEN 1 ELSE 0 END) AS INTEGER) AS day_count,
  COALESCE(r.is_same_transaction, FALSE) AS is_same_transaction,
  l.amount_minor, l.currency,
  CAST(COALESCE(e.excess_minor, 0) AS BIGINT) AS excess_minor, COALESCE(e.currency, l.currency) AS excess_currency,
  l.settlement_amount_minor, l.settlement_currency, l.transaction_at,
  COALESCE(r.lines, l.file_id || ':' || CAST(l.line_number AS VARCHAR)) AS lines
FROM refund_lines AS l
CROSS JOIN parameters AS day
LEFT JOIN repeated AS r ON r.group_id = l.group_id
LEFT JOIN firsts AS f ON f.group_id = l.group_id AND f.place = 1
LEFT JOIN excess AS e ON e.group_id = l.group_id AND e.choice = 1
WHERE (r.group_id IS NULL OR (f.file_id = l.file_id AND f.line_number = l.line_number))
  AND (
    l.refund_key IS NOT NULL
    OR l.clearing_day = day.as_of_day
    OR l.file_id || ':' || CAST(l.line_number AS VARCHAR) NOT IN (
      SELECT c.place
      FROM seen_claimed AS c
      LEFT JOIN scope_refunds AS s ON s.source_id = c.source_id AND s.refund_key = c.refund_key
      WHERE s.refund_key IS NULL
    )
  )
