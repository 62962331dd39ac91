-- One line per refund: ours, a refund that only the report knows, or a row of another type.
WITH named AS (
  SELECT
    l.*,
    COALESCE(l.refund_source_id || '/' || l.refund_key,
      '/' || COALESCE(l.provider_transaction_id, l.request_id, l.file_id || ':' || CAST(l.line_number AS VARCHAR)))
      AS group_id
  FROM refund_lines AS l
),
placed AS (
  SELECT
    n.*,
    COUNT(*) OVER (PARTITION BY n.group_id) AS report_count,
    SUM(CASE WHEN n.clearing_day = day.as_of_day THEN 1 ELSE 0 END) OVER (PARTITION BY n.group_id) AS day_count,
    SUM(n.amount_minor) OVER (PARTITION BY n.group_id) AS total_minor,
    MIN(n.provider_transaction_id) OVER (PARTITION BY n.group_id)
      = MAX(n.provider_transaction_id) OVER (PARTITION BY n.group_id) AS is_same_transaction,
    MAX(n.clearing_day) OVER (PARTITION BY n.group_id) AS newest_day,
    ROW_NUMBER() OVER (PARTITION BY n.group_id ORDER BY n.clearing_day, n.file_id, n.line_number) AS place
  FROM named AS n
  CROSS JOIN parameters AS day
),
several AS (
  SELECT n.group_id,
    STRING_AGG(n.file_id || ':' || CAST(n.line_number AS VARCHAR), ' ' ORDER BY n.clearing_day, n.file_id, n.line_number)
      AS lines
  FROM placed AS n
  WHERE n.report_count > 1
  GROUP BY n.group_id
)
SELECT
  p.group_id, p.refund_source_id, p.refund_key, p.order_source_id, p.order_key, p.is_paired_by_provider_id,
  p.row_role, p.transaction_type, p.request_id, p.provider_transaction_id, p.original_request_id,
  p.original_provider_transaction_id, p.file_id, p.line_number, p.newest_day, p.report_count,
  CAST(p.day_count AS INTEGER) AS day_count, p.is_same_transaction,
  p.amount_minor, p.currency, CAST(p.total_minor - p.amount_minor AS BIGINT) AS excess_minor,
  CAST(p.total_minor AS BIGINT) AS total_minor,
  p.settlement_amount_minor, p.settlement_currency, p.transaction_at,
  COALESCE(s.lines, p.file_id || ':' || CAST(p.line_number AS VARCHAR)) AS lines
FROM placed AS p
LEFT JOIN several AS s ON s.group_id = p.group_id
WHERE p.place = 1
