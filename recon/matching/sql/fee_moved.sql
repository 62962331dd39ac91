-- One line for each of these transactions: how many rows it has, whose it is, and whether its payment is known.
WITH several AS (
  SELECT t.transaction_id FROM fee_transactions AS t GROUP BY t.transaction_id HAVING COUNT(*) > 1
),
listed AS (
  SELECT
    t.transaction_id,
    STRING_AGG(t.file_id || ':' || CAST(t.line_number AS VARCHAR), ' ' ORDER BY t.clearing_day, t.file_id, t.line_number)
      AS lines
  FROM fee_transactions AS t
  JOIN several AS s ON s.transaction_id = t.transaction_id
  GROUP BY t.transaction_id
),
counted AS (
  SELECT
    t.transaction_id, COUNT(*) AS transaction_count, MIN(t.row_role) AS row_role, MIN(t.request_id) AS request_id,
    MIN(t.participant_agreement_id) AS participant_agreement_id, MIN(t.psp_id) AS psp_id,
    MIN(t.settlement_currency) AS settlement_currency, MIN(t.settlement_amount_minor) AS settlement_amount_minor,
    MIN(t.clearing_day) AS first_day, MIN(t.transaction_at) AS transaction_at,
    COUNT(b.file_id) = COUNT(*) AND MIN(CASE WHEN b.is_base_known THEN 1 ELSE 0 END) = 1 AS is_base_known,
    MIN(t.file_id || ':' || CAST(t.line_number AS VARCHAR)) AS line
  FROM fee_transactions AS t
  LEFT JOIN fee_bases AS b ON b.file_id = t.file_id AND b.line_number = t.line_number
  GROUP BY t.transaction_id
)
SELECT c.*, COALESCE(l.lines, c.line) AS lines
FROM counted AS c
LEFT JOIN listed AS l ON l.transaction_id = c.transaction_id
