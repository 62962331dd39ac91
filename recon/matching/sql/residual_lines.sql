-- One row per control total and row that could be why.
-- Rows that could be why a control total does not tie out: twice there, of a transaction or batch that is not known, or
-- with an amount that is what is left over, as it is, with the other sign, or against what the same line says
-- otherwise. residual_totals: `recon.tie_out.residuals.TOTALS`. Only the sets of those totals are read; only rows that
-- share id and amount are compared in full.
-- Reads: detail_rows, fee_rows, known_batches, residual_sets, residual_totals, settlement_rows
-- Columns:
--   total_number  number of the control total that does not tie out
--   cause         what could be why (`recon.tie_out.residuals`)
--   file_id       file name and version that the row was read from
--   line_number   line of that file, from 1
--   id            Alipay+ id, request id or clearing batch
--   amount_minor  amount, minor units
--   note          more about it, in words
--   other_minor   the amount that the same line gives otherwise, minor units; null: none
--   effect        what it explains of the residual, in the unit of the total; null: not counted
WITH reported AS (
  SELECT
    wanted.kind, wanted.participant_agreement_id, wanted.settlement_currency, wanted.batch_id, detail_row.file_id,
    detail_row.line_number,
    COALESCE(detail_row.provider_transaction_id, detail_row.request_id) AS id, FALSE AS is_without_counterpart,
    CAST(detail_row.sign * detail_row.settlement_amount_minor AS BIGINT) AS amount_minor,
    CASE WHEN detail_row.currency = detail_row.settlement_currency
      THEN CAST(detail_row.sign * detail_row.amount_minor AS BIGINT) END AS other_minor,
    CONCAT_WS('|', detail_row.transaction_type, detail_row.provider_transaction_id, detail_row.request_id,
      detail_row.original_provider_transaction_id,
      detail_row.original_request_id, detail_row.currency, CAST(detail_row.amount_minor AS VARCHAR),
      CAST(detail_row.transaction_at AS VARCHAR)) AS content
  FROM residual_sets AS wanted
  JOIN detail_rows AS detail_row
    ON detail_row.participant_agreement_id = wanted.participant_agreement_id
      AND detail_row.settlement_currency = wanted.settlement_currency
    AND detail_row.batch_id = wanted.batch_id
  WHERE wanted.kind = 'transaction_detail'
  UNION ALL
  SELECT
    wanted.kind, wanted.participant_agreement_id, wanted.settlement_currency, wanted.batch_id, fee_row.file_id,
    fee_row.line_number,
    COALESCE(fee_row.provider_transaction_id, fee_row.request_id),
    NOT EXISTS (SELECT 1 FROM detail_rows AS detail_row WHERE detail_row.provider_transaction_id
      = fee_row.provider_transaction_id)
      AND NOT EXISTS (SELECT 1 FROM detail_rows AS detail_row WHERE detail_row.request_id = fee_row.request_id),
    CAST(fee_row.sign * fee_row.fee_amount_minor AS BIGINT), NULL,
    CONCAT_WS('|', fee_row.transaction_type, fee_row.provider_transaction_id, fee_row.request_id, fee_row.fee_type,
      fee_row.fee_currency,
      CAST(fee_row.transaction_at AS VARCHAR))
  FROM residual_sets AS wanted
  JOIN fee_rows AS fee_row
    ON fee_row.participant_agreement_id = wanted.participant_agreement_id
      AND fee_row.settlement_currency = wanted.settlement_currency
    AND fee_row.batch_id = wanted.batch_id
  WHERE wanted.kind = 'fee'
  UNION ALL
  SELECT
    wanted.kind, wanted.participant_agreement_id, wanted.settlement_currency, wanted.batch_id, settlement_row.file_id,
    settlement_row.line_number,
    settlement_row.clearing_batch_id,
    NOT EXISTS (
      SELECT 1 FROM known_batches AS known_batch
      WHERE known_batch.participant_agreement_id = settlement_row.participant_agreement_id
        AND known_batch.settlement_currency = settlement_row.settlement_currency
        AND known_batch.clearing_batch_id = settlement_row.clearing_batch_id
    ),
    CAST(settlement_row.sign * settlement_row.settlement_amount_minor AS BIGINT),
    CAST(settlement_row.sign * (settlement_row.transaction_amount_minor - settlement_row.fee_amount_minor) AS BIGINT),
    CONCAT_WS('|', settlement_row.clearing_batch_id, CAST(settlement_row.total_count AS VARCHAR))
  FROM residual_sets AS wanted
  JOIN settlement_rows AS settlement_row
    ON settlement_row.participant_agreement_id = wanted.participant_agreement_id
      AND settlement_row.settlement_currency = wanted.settlement_currency
    AND settlement_row.batch_id = wanted.batch_id
  WHERE wanted.kind = 'settlement'
),
alike AS (
  SELECT reported.kind, reported.id, reported.amount_minor FROM reported GROUP BY reported.kind, reported.id,
    reported.amount_minor HAVING COUNT(*) > 1
),
copies AS (
  SELECT
    reported.*,
    ROW_NUMBER() OVER (PARTITION BY reported.kind, reported.batch_id, reported.content, reported.amount_minor
      ORDER BY reported.file_id, reported.line_number) AS copy_number,
    FIRST_VALUE('line ' || CAST(reported.line_number AS VARCHAR) || ' of ' || reported.file_id) OVER (
      PARTITION BY reported.kind, reported.batch_id, reported.content, reported.amount_minor ORDER BY reported.file_id,
        reported.line_number) AS twin
  FROM reported
  JOIN alike ON alike.kind = reported.kind AND alike.id = reported.id AND alike.amount_minor = reported.amount_minor
),
facts AS (
  SELECT copy.kind, copy.participant_agreement_id, copy.settlement_currency, copy.batch_id, copy.file_id,
    copy.line_number, copy.id, copy.amount_minor,
    'TWICE' AS cause, copy.twin AS note
  FROM copies AS copy
  WHERE copy.copy_number > 1
  UNION ALL
  SELECT reported.kind, reported.participant_agreement_id, reported.settlement_currency, reported.batch_id,
    reported.file_id, reported.line_number, reported.id, reported.amount_minor,
    CASE WHEN reported.kind = 'fee' THEN 'NO_TRANSACTION' ELSE 'UNKNOWN_BATCH' END, NULL
  FROM reported
  WHERE reported.is_without_counterpart
)
SELECT total.total_number, fact.cause, fact.file_id, fact.line_number, fact.id, fact.amount_minor, fact.note,
  CAST(NULL AS BIGINT) AS other_minor,
  CASE WHEN total.is_count THEN 1 ELSE total.turn * fact.amount_minor END AS effect
FROM residual_totals AS total
JOIN facts AS fact
  ON fact.kind = total.kind AND fact.participant_agreement_id = total.participant_agreement_id
  AND fact.settlement_currency = total.settlement_currency AND fact.batch_id = total.batch_id
  AND (total.file_id IS NULL OR fact.file_id = total.file_id)
UNION ALL
SELECT total.total_number,
  CASE WHEN total.turn * (reported.amount_minor - reported.other_minor) = total.residual THEN 'OTHER_AMOUNT'
    WHEN total.turn * reported.amount_minor = total.residual THEN 'AMOUNT' ELSE 'SIGN' END,
  reported.file_id, reported.line_number, reported.id, reported.amount_minor, NULL, reported.other_minor,
  total.turn * reported.amount_minor
FROM residual_totals AS total
JOIN reported
  ON reported.kind = total.kind AND reported.participant_agreement_id = total.participant_agreement_id
  AND reported.settlement_currency = total.settlement_currency AND reported.batch_id = total.batch_id
  AND (total.file_id IS NULL OR reported.file_id = total.file_id)
WHERE NOT total.is_count
  AND total.residual IN (total.turn * (reported.amount_minor - reported.other_minor),
    total.turn * reported.amount_minor, 2 * total.turn * reported.amount_minor)
