-- Exact repeats inside one batch and agreement: every copy after the first. Totals are proved on the rows as delivered.
WITH numbered AS (
  SELECT
    r.file_id,
    r.line_number,
    r.clearing_day,
    COALESCE(r.request_id, r.provider_transaction_id) AS id,
    ROW_NUMBER() OVER (
      PARTITION BY r.row_role, r.transaction_type, r.batch_id, r.participant_agreement_id, r.settlement_currency,
        r.request_id, r.provider_transaction_id, r.original_request_id, r.original_provider_transaction_id,
        r.transaction_at, r.amount_minor, r.currency, r.settlement_amount_minor, r.sign
      ORDER BY r.clearing_day, r.file_id, r.line_number
    ) AS copy_number
  FROM rows_in_scope AS r
  WHERE COALESCE(r.request_id, r.provider_transaction_id) IN (SELECT s.id FROM repeated_ids AS s)
)
SELECT n.file_id, n.line_number, n.clearing_day, n.id
FROM numbered AS n
WHERE n.copy_number > 1
