-- The payment whose fee stands behind each transaction: itself, or for a refund the one that it returns. A refund whose
-- payment no report holds stands for itself (is_base_known is false). Rows of other types have none.
WITH refunds AS (
  SELECT t.original_provider_transaction_id, t.original_request_id
  FROM fee_transactions AS t
  WHERE t.row_role = 'REFUND'
),
by_id AS (
  SELECT r.provider_transaction_id, r.file_id, r.line_number, r.clearing_day, r.participant_agreement_id,
    r.settlement_currency, r.psp_id, r.merchant_id, r.amount_minor, r.currency, r.settlement_amount_minor
  FROM rows_of_day AS r
  WHERE r.row_role = 'PAYMENT'
    AND r.provider_transaction_id IN (SELECT t.original_provider_transaction_id FROM refunds AS t)
  UNION ALL
  SELECT r.provider_transaction_id, r.file_id, r.line_number, r.clearing_day, r.participant_agreement_id,
    r.settlement_currency, r.psp_id, r.merchant_id, r.amount_minor, r.currency, r.settlement_amount_minor
  FROM rows_before AS r
  WHERE r.row_role = 'PAYMENT'
    AND r.provider_transaction_id IN (SELECT t.original_provider_transaction_id FROM refunds AS t)
),
first_by_id AS (
  SELECT p.*,
    ROW_NUMBER() OVER (PARTITION BY p.provider_transaction_id ORDER BY p.clearing_day, p.file_id, p.line_number) AS place
  FROM by_id AS p
),
by_request AS (
  SELECT r.request_id, r.file_id, r.line_number, r.clearing_day, r.participant_agreement_id,
    r.settlement_currency, r.psp_id, r.merchant_id, r.amount_minor, r.currency, r.settlement_amount_minor
  FROM rows_of_day AS r
  WHERE r.row_role = 'PAYMENT' AND r.request_id IN (SELECT t.original_request_id FROM refunds AS t)
  UNION ALL
  SELECT r.request_id, r.file_id, r.line_number, r.clearing_day, r.participant_agreement_id,
    r.settlement_currency, r.psp_id, r.merchant_id, r.amount_minor, r.currency, r.settlement_amount_minor
  FROM rows_before AS r
  WHERE r.row_role = 'PAYMENT' AND r.request_id IN (SELECT t.original_request_id FROM refunds AS t)
),
first_by_request AS (
  SELECT p.*,
    ROW_NUMBER() OVER (PARTITION BY p.request_id ORDER BY p.clearing_day, p.file_id, p.line_number) AS place
  FROM by_request AS p
)
SELECT
  t.transaction_id, t.file_id, t.line_number,
  CASE WHEN d.file_id IS NOT NULL THEN d.clearing_day WHEN q.file_id IS NOT NULL THEN q.clearing_day
    ELSE t.clearing_day END AS clearing_day,
  COALESCE(d.participant_agreement_id, q.participant_agreement_id, t.participant_agreement_id)
    AS participant_agreement_id,
  COALESCE(d.settlement_currency, q.settlement_currency, t.settlement_currency) AS settlement_currency,
  COALESCE(CASE WHEN d.file_id IS NOT NULL THEN d.psp_id WHEN q.file_id IS NOT NULL THEN q.psp_id
    ELSE t.psp_id END, '') AS psp_id,
  COALESCE(CASE WHEN d.file_id IS NOT NULL THEN d.merchant_id WHEN q.file_id IS NOT NULL THEN q.merchant_id
    ELSE t.merchant_id END, '') AS merchant_id,
  COALESCE(d.settlement_amount_minor, q.settlement_amount_minor, t.settlement_amount_minor) AS paid_minor,
  COALESCE(d.amount_minor = t.amount_minor AND d.currency = t.currency,
    q.amount_minor = t.amount_minor AND q.currency = t.currency,
    COALESCE(d.settlement_amount_minor, q.settlement_amount_minor) = t.settlement_amount_minor, FALSE) AS is_whole,
  t.row_role = 'PAYMENT'
    OR COALESCE(d.settlement_currency = t.settlement_currency, q.settlement_currency = t.settlement_currency, FALSE)
    AS is_base_known
FROM fee_transactions AS t
LEFT JOIN first_by_id AS d
  ON d.provider_transaction_id = CASE WHEN t.row_role = 'REFUND' THEN t.original_provider_transaction_id END
  AND d.place = 1
LEFT JOIN first_by_request AS q
  ON q.request_id = CASE WHEN t.row_role = 'REFUND' THEN t.original_request_id END AND q.place = 1
WHERE t.row_role IN ('PAYMENT', 'REFUND')
