-- The transactions whose fees the decision table looks at, of this day and of earlier ones.
-- Only where an id stands on several rows do they have to be numbered.
WITH named AS (
  SELECT r.* FROM rows_of_day AS r JOIN fee_wanted AS w ON w.id = r.provider_transaction_id
  UNION ALL
  SELECT r.*
  FROM rows_of_day AS r
  JOIN fee_wanted_requests AS q ON q.id = r.request_id
  LEFT JOIN fee_wanted AS w ON w.id = r.provider_transaction_id
  WHERE w.id IS NULL
  UNION ALL
  SELECT r.* FROM rows_before AS r JOIN fee_wanted AS w ON w.id = r.provider_transaction_id AND w.is_before = 1
  UNION ALL
  SELECT r.*
  FROM rows_before AS r
  JOIN fee_wanted_requests AS q ON q.id = r.request_id
  LEFT JOIN fee_wanted AS w ON w.id = r.provider_transaction_id AND w.is_before = 1
  WHERE w.id IS NULL
),
several AS (
  SELECT COALESCE(n.provider_transaction_id, n.request_id) AS id
  FROM named AS n
  GROUP BY COALESCE(n.provider_transaction_id, n.request_id)
  HAVING COUNT(*) > 1
),
copies AS (
  SELECT n.file_id, n.line_number,
    ROW_NUMBER() OVER (
      PARTITION BY n.row_role, n.transaction_type, n.batch_id, n.participant_agreement_id, n.settlement_currency,
        n.request_id, n.provider_transaction_id, n.transaction_at, n.amount_minor, n.currency,
        n.settlement_amount_minor, n.sign
      ORDER BY n.clearing_day, n.file_id, n.line_number
    ) AS copy_number
  FROM named AS n
  JOIN several AS s ON s.id = COALESCE(n.provider_transaction_id, n.request_id)
)
SELECT
  COALESCE(n.provider_transaction_id, n.request_id) AS transaction_id,
  n.file_id, n.line_number, n.clearing_day, n.participant_agreement_id, n.settlement_currency, n.row_role,
  n.request_id, n.provider_transaction_id, n.original_request_id, n.original_provider_transaction_id,
  n.transaction_at, n.amount_minor, n.currency, n.settlement_amount_minor, n.psp_id, n.merchant_id,
  COALESCE(c.copy_number, 1) AS copy_number
FROM named AS n
LEFT JOIN copies AS c ON c.file_id = n.file_id AND c.line_number = n.line_number
