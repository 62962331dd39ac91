-- What was charged for each of these transactions and kinds of fee: count, sum, currencies, and the lines that say so.
-- Fees in a foreign currency are summed alone: amounts of different currencies are not added.
-- Lists are only put in order where there is more than one line: that is slow, and rare.
WITH several AS (
  SELECT f.transaction_id, f.fee_kind
  FROM fee_pairs AS f
  GROUP BY f.transaction_id, f.fee_kind
  HAVING COUNT(*) > 1
),
listed AS (
  SELECT
    f.transaction_id, f.fee_kind,
    STRING_AGG(DISTINCT f.provider_transaction_id, ' ' ORDER BY f.provider_transaction_id) AS charged_ids,
    STRING_AGG(f.file_id || ':' || CAST(f.line_number AS VARCHAR), ' ' ORDER BY f.clearing_day, f.file_id, f.line_number)
      AS lines
  FROM fee_pairs AS f
  JOIN several AS s ON s.transaction_id = f.transaction_id AND s.fee_kind = f.fee_kind
  GROUP BY f.transaction_id, f.fee_kind
),
told AS (
  SELECT
    f.transaction_id, f.fee_kind,
    CASE WHEN MAX(f.fee_currency) <> MIN(f.settlement_currency) THEN MAX(f.fee_currency) ELSE MIN(f.fee_currency) END
      AS currency
  FROM fee_pairs AS f
  GROUP BY f.transaction_id, f.fee_kind
),
counted AS (
  SELECT
    f.transaction_id, f.fee_kind, COUNT(*) AS fee_count,
    SUM(CASE WHEN f.clearing_day = day.as_of_day THEN 1 ELSE 0 END) AS day_count,
    SUM(CASE WHEN f.fee_currency = t.currency THEN f.sign * f.fee_amount_minor END) AS charged_minor,
    MIN(CASE WHEN f.fee_currency = t.currency THEN f.sign * f.fee_amount_minor END) AS least_minor,
    MIN(f.fee_currency) AS first_currency, MAX(f.fee_currency) AS last_currency,
    MAX(CASE WHEN f.is_elsewhere THEN 1 ELSE 0 END) = 1 AS is_elsewhere,
    MIN(f.request_id) AS request_id, MIN(f.settlement_currency) AS settlement_currency,
    MAX(f.clearing_day) AS newest_day,
    MIN(f.provider_transaction_id) AS charged_id,
    MIN(f.file_id || ':' || CAST(f.line_number AS VARCHAR)) AS line
  FROM fee_pairs AS f
  JOIN told AS t ON t.transaction_id = f.transaction_id AND t.fee_kind = f.fee_kind
  CROSS JOIN parameters AS day
  GROUP BY f.transaction_id, f.fee_kind
)
SELECT c.*, COALESCE(l.charged_ids, c.charged_id) AS charged_ids, COALESCE(l.lines, c.line) AS lines
FROM counted AS c
LEFT JOIN listed AS l ON l.transaction_id = c.transaction_id AND l.fee_kind = c.fee_kind
