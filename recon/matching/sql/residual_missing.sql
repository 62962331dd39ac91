-- One row per control total and line that could be why.
-- What a control total could lack: lines that were put aside, transactions that only the Fee Report knows, transactions
-- with fewer fee rows than usual; and the lines that give the totals, for those that nothing explains.
-- Reads: detail_rows, fee_rows, quarantine, residual_sets, residual_totals, section_totals, summary_rows
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
WITH without_transaction AS (
  SELECT
    fee_row.participant_agreement_id, fee_row.settlement_currency, fee_row.batch_id,
    COALESCE(fee_row.provider_transaction_id, fee_row.request_id) AS id,
    MIN(fee_row.file_id) AS file_id, MIN(fee_row.line_number) AS line_number
  FROM residual_sets AS wanted
  JOIN fee_rows AS fee_row
    ON fee_row.participant_agreement_id = wanted.participant_agreement_id
      AND fee_row.settlement_currency = wanted.settlement_currency
    AND fee_row.batch_id = wanted.batch_id
  WHERE wanted.kind = 'transaction_detail'
    AND NOT EXISTS (SELECT 1 FROM detail_rows AS detail_row
      WHERE detail_row.provider_transaction_id = fee_row.provider_transaction_id)
    AND NOT EXISTS (SELECT 1 FROM detail_rows AS detail_row WHERE detail_row.request_id = fee_row.request_id)
  GROUP BY fee_row.participant_agreement_id, fee_row.settlement_currency, fee_row.batch_id,
    COALESCE(fee_row.provider_transaction_id, fee_row.request_id)
),
fees AS (
  SELECT COALESCE(fee_row.provider_transaction_id, fee_row.request_id) AS id, COUNT(*) AS fee_count
  FROM fee_rows AS fee_row
  GROUP BY COALESCE(fee_row.provider_transaction_id, fee_row.request_id)
),
charged AS (
  SELECT
    detail_row.participant_agreement_id, detail_row.settlement_currency, detail_row.batch_id, detail_row.file_id,
    detail_row.line_number, detail_row.transaction_type,
    COALESCE(detail_row.psp_id, '') AS psp_id,
    COALESCE(detail_row.provider_transaction_id, detail_row.request_id) AS id,
    CAST(detail_row.sign * detail_row.settlement_amount_minor AS BIGINT) AS amount_minor,
    COALESCE(fee.fee_count, fee_by_request.fee_count, 0) AS fee_count
  FROM residual_sets AS wanted
  JOIN detail_rows AS detail_row
    ON detail_row.participant_agreement_id = wanted.participant_agreement_id
      AND detail_row.settlement_currency = wanted.settlement_currency
    AND detail_row.batch_id = wanted.batch_id
  LEFT JOIN fees AS fee ON fee.id = detail_row.provider_transaction_id
  LEFT JOIN fees AS fee_by_request ON fee_by_request.id = detail_row.request_id
  WHERE wanted.kind = 'fee'
),
frequent AS (
  SELECT
    charged.participant_agreement_id, charged.settlement_currency, charged.transaction_type, charged.psp_id,
    charged.fee_count,
    ROW_NUMBER() OVER (
      PARTITION BY charged.participant_agreement_id, charged.settlement_currency, charged.transaction_type,
        charged.psp_id
      ORDER BY COUNT(*) DESC, charged.fee_count DESC
    ) AS place
  FROM charged
  GROUP BY charged.participant_agreement_id, charged.settlement_currency, charged.transaction_type, charged.psp_id,
    charged.fee_count
)
SELECT total.total_number, 'PUT_ASIDE' AS cause, quarantine.file_id, quarantine.line_number,
  CAST(NULL AS VARCHAR) AS id,
  CAST(NULL AS BIGINT) AS amount_minor, COALESCE(quarantine.field || ' ', '') || quarantine.reason AS note,
  CAST(NULL AS BIGINT) AS other_minor, CAST(NULL AS BIGINT) AS effect
FROM residual_totals AS total
JOIN quarantine
  ON quarantine.kind = total.kind AND quarantine.participant_agreement_id = total.participant_agreement_id
  AND quarantine.settlement_currency = total.settlement_currency AND quarantine.batch_id = total.batch_id
  AND (total.file_id IS NULL OR quarantine.file_id = total.file_id)
WHERE NOT total.is_count
UNION ALL
SELECT total.total_number, 'NO_TRANSACTION', without_transaction.file_id, without_transaction.line_number,
  without_transaction.id, NULL, NULL, NULL,
  CASE WHEN total.is_count THEN -1 END
FROM residual_totals AS total
JOIN without_transaction AS without_transaction
  ON without_transaction.participant_agreement_id = total.participant_agreement_id
    AND without_transaction.settlement_currency = total.settlement_currency
  AND without_transaction.batch_id = total.batch_id
WHERE total.kind = 'transaction_detail'
UNION ALL
SELECT total.total_number, 'NO_FEE', charged.file_id, charged.line_number, charged.id, charged.amount_minor,
  CAST(charged.fee_count AS VARCHAR), NULL, CASE WHEN total.is_count THEN charged.fee_count - frequent.fee_count END
FROM residual_totals AS total
JOIN charged
  ON charged.participant_agreement_id = total.participant_agreement_id
    AND charged.settlement_currency = total.settlement_currency
  AND charged.batch_id = total.batch_id
JOIN frequent
  ON frequent.place = 1 AND frequent.participant_agreement_id = charged.participant_agreement_id
  AND frequent.settlement_currency = charged.settlement_currency
    AND frequent.transaction_type = charged.transaction_type AND frequent.psp_id = charged.psp_id
WHERE total.kind = 'fee' AND charged.fee_count < frequent.fee_count
UNION ALL
SELECT total.total_number, 'OTHER_AMOUNT', summary_row.file_id, summary_row.line_number, summary_row.clearing_batch_id,
  CAST(summary_row.sign * summary_row.settlement_amount_minor AS BIGINT), NULL,
  CAST(summary_row.sign * (summary_row.transaction_amount_minor - summary_row.fee_amount_minor) AS BIGINT), NULL
FROM residual_totals AS total
JOIN summary_rows AS summary_row
  ON summary_row.participant_agreement_id = total.participant_agreement_id
    AND summary_row.settlement_currency = total.settlement_currency
  AND summary_row.batch_id = total.batch_id
WHERE total.is_of_summary AND total.kind = 'transaction_detail' AND NOT total.is_count
  AND summary_row.sign * (summary_row.transaction_amount_minor - summary_row.fee_amount_minor
    - summary_row.settlement_amount_minor) = total.residual
UNION ALL
SELECT total.total_number, 'NOTHING', section.file_id, section.line_number, NULL,
  CASE WHEN total.is_count THEN NULL ELSE CAST(section.sign * section.net_amount_minor AS BIGINT) END, NULL, NULL, NULL
FROM residual_totals AS total
JOIN section_totals AS section ON section.kind = total.kind AND section.file_id = total.file_id
WHERE NOT total.is_of_summary
UNION ALL
SELECT total.total_number, 'NOTHING', summary_row.file_id, summary_row.line_number, summary_row.clearing_batch_id,
  CASE WHEN total.is_count THEN NULL ELSE CAST(summary_row.sign * summary_row.settlement_amount_minor AS BIGINT) END,
  NULL, NULL, NULL
FROM residual_totals AS total
JOIN summary_rows AS summary_row
  ON summary_row.participant_agreement_id = total.participant_agreement_id
    AND summary_row.settlement_currency = total.settlement_currency
  AND summary_row.batch_id = total.batch_id
WHERE total.is_of_summary AND total.kind = 'transaction_detail'
