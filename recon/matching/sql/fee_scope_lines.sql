-- The fee rows beside them, of this day and of earlier ones: all rows of such a transaction, never some.
WITH ids AS (
  SELECT x.id, MAX(x.is_before) AS is_before
  FROM (
    SELECT w.id, w.is_before FROM fee_wanted AS w
    UNION ALL
    SELECT t.provider_transaction_id, CASE WHEN t.clearing_day < day.as_of_day THEN 1 ELSE 0 END
    FROM fee_transactions AS t
    CROSS JOIN parameters AS day
  ) AS x
  WHERE x.id IS NOT NULL
  GROUP BY x.id
),
requests AS (
  SELECT w.id FROM fee_wanted_requests AS w WHERE w.id IS NOT NULL
  UNION
  SELECT t.request_id FROM fee_transactions AS t WHERE t.request_id IS NOT NULL
)
SELECT f.* FROM fee_lines AS f JOIN ids AS i ON i.id = f.provider_transaction_id
UNION ALL
SELECT f.* FROM fee_lines AS f JOIN requests AS q ON q.id = f.request_id WHERE f.provider_transaction_id IS NULL
UNION ALL
SELECT f.* FROM fee_lines_before AS f JOIN ids AS i ON i.id = f.provider_transaction_id AND i.is_before = 1
UNION ALL
SELECT f.* FROM fee_lines_before AS f JOIN requests AS q ON q.id = f.request_id WHERE f.provider_transaction_id IS NULL
