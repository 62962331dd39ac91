-- Rows that could be why a control total does not fit: twice there, of a transaction or batch that is not known, or with
-- an amount that is what is left over, as it stands, with the other sign, or against what the same line says otherwise.
-- Reads residual_totals (`recon.residuals.TOTALS`), and of the day detail_rows, fee_rows, settlement_rows, known_batches.
-- Only the sets of those totals are read; only rows that share id and amount are compared in full.
WITH wanted AS (
  SELECT t.kind, t.participant_agreement_id, t.settlement_currency, t.batch_id
  FROM residual_totals AS t
  GROUP BY t.kind, t.participant_agreement_id, t.settlement_currency, t.batch_id
),
reported AS (
  SELECT
    w.kind, w.participant_agreement_id, w.settlement_currency, w.batch_id, d.file_id, d.line_number,
    COALESCE(d.provider_transaction_id, d.request_id) AS id, FALSE AS is_stranger,
    CAST(d.sign * d.settlement_amount_minor AS BIGINT) AS amount_minor,
    CASE WHEN d.currency = d.settlement_currency THEN CAST(d.sign * d.amount_minor AS BIGINT) END AS other_minor,
    CONCAT_WS('|', d.transaction_type, d.provider_transaction_id, d.request_id, d.original_provider_transaction_id,
      d.original_request_id, d.currency, CAST(d.amount_minor AS VARCHAR), CAST(d.transaction_at AS VARCHAR)) AS content
  FROM wanted AS w
  JOIN detail_rows AS d
    ON d.participant_agreement_id = w.participant_agreement_id AND d.settlement_currency = w.settlement_currency
    AND d.batch_id = w.batch_id
  WHERE w.kind = 'transaction_detail'
  UNION ALL
  SELECT
    w.kind, w.participant_agreement_id, w.settlement_currency, w.batch_id, f.file_id, f.line_number,
    COALESCE(f.provider_transaction_id, f.request_id),
    NOT EXISTS (SELECT 1 FROM detail_rows AS d WHERE d.provider_transaction_id = f.provider_transaction_id)
      AND NOT EXISTS (SELECT 1 FROM detail_rows AS d WHERE d.request_id = f.request_id),
    CAST(f.sign * f.fee_amount_minor AS BIGINT), NULL,
    CONCAT_WS('|', f.transaction_type, f.provider_transaction_id, f.request_id, f.fee_type, f.fee_currency,
      CAST(f.transaction_at AS VARCHAR))
  FROM wanted AS w
  JOIN fee_rows AS f
    ON f.participant_agreement_id = w.participant_agreement_id AND f.settlement_currency = w.settlement_currency
    AND f.batch_id = w.batch_id
  WHERE w.kind = 'fee'
  UNION ALL
  SELECT
    w.kind, w.participant_agreement_id, w.settlement_currency, w.batch_id, s.file_id, s.line_number,
    s.clearing_batch_id,
    NOT EXISTS (
      SELECT 1 FROM known_batches AS k
      WHERE k.participant_agreement_id = s.participant_agreement_id AND k.settlement_currency = s.settlement_currency
        AND k.clearing_batch_id = s.clearing_batch_id
    ),
    CAST(s.sign * s.settlement_amount_minor AS BIGINT),
    CAST(s.sign * (s.transaction_amount_minor - s.fee_amount_minor) AS BIGINT),
    CONCAT_WS('|', s.clearing_batch_id, CAST(s.total_count AS VARCHAR))
  FROM wanted AS w
  JOIN settlement_rows AS s
    ON s.participant_agreement_id = w.participant_agreement_id AND s.settlement_currency = w.settlement_currency
    AND s.batch_id = w.batch_id
  WHERE w.kind = 'settlement'
),
alike AS (
  SELECT r.kind, r.id, r.amount_minor FROM reported AS r GROUP BY r.kind, r.id, r.amount_minor HAVING COUNT(*) > 1
),
copies AS (
  SELECT
    r.*,
    ROW_NUMBER() OVER (PARTITION BY r.kind, r.batch_id, r.content, r.amount_minor ORDER BY r.file_id, r.line_number) AS copy_number,
    FIRST_VALUE('line ' || CAST(r.line_number AS VARCHAR) || ' of ' || r.file_id) OVER (
      PARTITION BY r.kind, r.batch_id, r.content, r.amount_minor ORDER BY r.file_id, r.line_number) AS twin
  FROM reported AS r
  JOIN alike AS a ON a.kind = r.kind AND a.id = r.id AND a.amount_minor = r.amount_minor
),
facts AS (
  SELECT c.kind, c.participant_agreement_id, c.settlement_currency, c.batch_id, c.file_id, c.line_number, c.id, c.amount_minor,
    'TWICE' AS cause, c.twin AS note
  FROM copies AS c
  WHERE c.copy_number > 1
  UNION ALL
  SELECT r.kind, r.participant_agreement_id, r.settlement_currency, r.batch_id, r.file_id, r.line_number, r.id, r.amount_minor,
    CASE WHEN r.kind = 'fee' THEN 'NO_TRANSACTION' ELSE 'UNKNOWN_BATCH' END, NULL
  FROM reported AS r
  WHERE r.is_stranger
)
SELECT t.total_number, f.cause, f.file_id, f.line_number, f.id, f.amount_minor, f.note, CAST(NULL AS BIGINT) AS other_minor,
  CASE WHEN t.is_count THEN 1 ELSE t.turn * f.amount_minor END AS effect
FROM residual_totals AS t
JOIN facts AS f
  ON f.kind = t.kind AND f.participant_agreement_id = t.participant_agreement_id
  AND f.settlement_currency = t.settlement_currency AND f.batch_id = t.batch_id
  AND (t.file_id IS NULL OR f.file_id = t.file_id)
UNION ALL
SELECT t.total_number,
  CASE WHEN t.turn * (r.amount_minor - r.other_minor) = t.residual THEN 'OTHER_AMOUNT'
    WHEN t.turn * r.amount_minor = t.residual THEN 'AMOUNT' ELSE 'SIGN' END,
  r.file_id, r.line_number, r.id, r.amount_minor, NULL, r.other_minor, t.turn * r.amount_minor
FROM residual_totals AS t
JOIN reported AS r
  ON r.kind = t.kind AND r.participant_agreement_id = t.participant_agreement_id
  AND r.settlement_currency = t.settlement_currency AND r.batch_id = t.batch_id
  AND (t.file_id IS NULL OR r.file_id = t.file_id)
WHERE NOT t.is_count
  AND t.residual IN (t.turn * (r.amount_minor - r.other_minor), t.turn * r.amount_minor, 2 * t.turn * r.amount_minor)
