-- Each of these fee rows and the transaction that it belongs to: by Alipay+ id, else by request id, else to none; and whether
-- it stands elsewhere, in a set that has no row of that transaction.
WITH by_id AS (
  SELECT t.provider_transaction_id AS id, MIN(t.transaction_id) AS transaction_id
  FROM fee_transactions AS t
  WHERE t.provider_transaction_id IS NOT NULL
  GROUP BY t.provider_transaction_id
),
by_request AS (
  SELECT t.request_id AS id, MIN(t.transaction_id) AS transaction_id
  FROM fee_transactions AS t
  WHERE t.request_id IS NOT NULL
  GROUP BY t.request_id
),
sets AS (
  SELECT t.transaction_id, t.participant_agreement_id
  FROM fee_transactions AS t
  GROUP BY t.transaction_id, t.participant_agreement_id
)
SELECT
  f.*,
  COALESCE(d.transaction_id, q.transaction_id, f.provider_transaction_id, f.request_id) AS transaction_id,
  COALESCE(d.transaction_id, q.transaction_id) IS NOT NULL AND s.transaction_id IS NULL AS is_elsewhere
FROM fee_scope_lines AS f
LEFT JOIN by_id AS d ON d.id = f.provider_transaction_id
LEFT JOIN by_request AS q ON q.id = f.request_id
LEFT JOIN sets AS s
  ON s.transaction_id = COALESCE(d.transaction_id, q.transaction_id)
  AND s.participant_agreement_id = f.participant_agreement_id
