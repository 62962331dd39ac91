-- Rows that could be why a control total does not fit: twice there, of a transaction or batch that is not known, or with
-- an amount that is what is left over, as it stands, with the other sign, or against what the same line says otherwise.
-- Reads residual_totals (`recon.residuals.TOTALS`), and of the day detail_rows, fee_rows, settlement_rows, known_batches.
WITH known_ids AS (
  SELECT d.provider_transaction_id AS id FROM detail_rows AS d WHERE d.provider_transaction_id IS NOT NULL
  UNION
  SELECT d.request_id AS id FROM detail_rows AS d WHERE d.request_id IS NOT NULL
),
rows_of_reports AS (
  SELECT
    'transaction_detail' AS kind, d.participant_agreement_id, d.settlement_currency, d.batch_id, d.file_id, d.line_number,
    COALESCE(d.provider_transaction_id, d.request_id) AS id, FALSE AS is_stranger,
    CAST(d.sign * d.settlement_amount_minor AS BIGINT) AS amount_minor,
    CASE WHEN d.currency = d.settlement_currency THEN CAST(d.sign * d.amount_minor AS BIGINT) END AS other_minor,
    CONCAT_WS('|', d.transaction_type, d.provider_transaction_id, d.request_id, d.original_provider_transaction_id,
      d.original_request_id, d.currency, CAST(d.amount_minor AS VARCHAR), CAST(d.transaction_at AS VARCHAR)) AS content
  FROM detail_rows AS d
  UNION ALL
  SELECT
    'fee', f.participant_agreement_id, f.settlement_currency, f.batch_id, f.file_id, f.line_number,
    COALESCE(f.provider_transaction_id, f.request_id),
    COALESCE(f.provider_transaction_id, '') NOT IN (SELECT k.id FROM known_ids AS k)
      AND COALESCE(f.request_id, '') NOT IN (SELECT k.id FROM known_ids AS k),
    CAST(f.sign * f.fee_amount_minor AS BIGINT), NULL,
    CONCAT_WS('|', f.transaction_type, f.provider_transaction_id, f.request_id, f.fee_type, f.fee_currency,
      CAST(f.transaction_at AS VARCHAR))
  FROM fee_rows AS f
  UNION ALL
  SELECT
    'settlement', s.participant_agreement_id, s.settlement_currency, s.batch_id, s.file_id, s.line_number,
    s.clearing_batch_id,
    NOT EXISTS (
      SELECT 1 FROM known_batches AS k
      WHERE k.participant_agreement_id = s.participant_agreement_id AND k.settlement_currency = s.settlement_currency
        AND k.clearing_batch_id = s.clearing_batch_id
    ),
    CAST(s.sign * s.settlement_amount_minor AS BIGINT),
    CAST(s.sign * (s.transaction_amount_minor - s.fee_amount_minor) AS BIGINT),
    CONCAT_WS('|', s.clearing_batch_id, CAST(s.total_count AS VARCHAR))
  FROM settlement_rows AS s
),
numbered AS (
  SELECT
    t.total_number, t.is_count, t.turn, t.residual, r.*,
    CASE WHEN t.is_count THEN 1 ELSE t.turn * r.amount_minor END AS effect,
    ROW_NUMBER() OVER (PARTITION BY t.total_number, r.kind, r.content, r.amount_minor ORDER BY r.file_id, r.line_number) AS copy_number,
    FIRST_VALUE('line ' || CAST(r.line_number AS VARCHAR) || ' of ' || r.file_id) OVER (
      PARTITION BY t.total_number, r.kind, r.content, r.amount_minor ORDER BY r.file_id, r.line_number) AS twin
  FROM residual_totals AS t
  JOIN rows_of_reports AS r
    ON r.kind = t.kind AND r.participant_agreement_id = t.participant_agreement_id
    AND r.settlement_currency = t.settlement_currency AND r.batch_id = t.batch_id
    AND (t.file_id IS NULL OR r.file_id = t.file_id)
)
SELECT n.total_number, 'TWICE' AS cause, n.file_id, n.line_number, n.id, n.amount_minor, n.twin AS note,
  CAST(NULL AS BIGINT) AS other_minor, n.effect
FROM numbered AS n
WHERE n.copy_number > 1
UNION ALL
SELECT n.total_number, CASE WHEN n.kind = 'fee' THEN 'NO_TRANSACTION' ELSE 'UNKNOWN_BATCH' END, n.file_id, n.line_number,
  n.id, n.amount_minor, NULL, NULL, n.effect
FROM numbered AS n
WHERE n.is_stranger
UNION ALL
SELECT n.total_number, 'OTHER_AMOUNT', n.file_id, n.line_number, n.id, n.amount_minor, NULL, n.other_minor, n.effect
FROM numbered AS n
WHERE NOT n.is_count AND n.turn * (n.amount_minor - n.other_minor) = n.residual
UNION ALL
SELECT n.total_number, CASE WHEN n.effect = n.residual THEN 'AMOUNT' ELSE 'SIGN' END, n.file_id, n.line_number, n.id,
  n.amount_minor, NULL, NULL, n.effect
FROM numbered AS n
WHERE NOT n.is_count AND (n.effect = n.residual OR 2 * n.effect = n.residual)
