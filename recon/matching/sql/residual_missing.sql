-- What a control total could lack: lines that were put aside, transactions that only the Fee Report knows, transactions
-- with fewer fee rows than usual; and the lines that tell the totals, for those that nothing explains.
-- Reads residual_totals, quarantine, section_totals, and of the day detail_rows, fee_rows, summary_rows.
WITH wanted AS (
  SELECT t.kind, t.participant_agreement_id, t.settlement_currency, t.batch_id
  FROM residual_totals AS t
  GROUP BY t.kind, t.participant_agreement_id, t.settlement_currency, t.batch_id
),
strangers AS (
  SELECT
    f.participant_agreement_id, f.settlement_currency, f.batch_id,
    COALESCE(f.provider_transaction_id, f.request_id) AS id,
    MIN(f.file_id) AS file_id, MIN(f.line_number) AS line_number
  FROM wanted AS w
  JOIN fee_rows AS f
    ON f.participant_agreement_id = w.participant_agreement_id AND f.settlement_currency = w.settlement_currency
    AND f.batch_id = w.batch_id
  WHERE w.kind = 'transaction_detail'
    AND NOT EXISTS (SELECT 1 FROM detail_rows AS d WHERE d.provider_transaction_id = f.provider_transaction_id)
    AND NOT EXISTS (SELECT 1 FROM detail_rows AS d WHERE d.request_id = f.request_id)
  GROUP BY f.participant_agreement_id, f.settlement_currency, f.batch_id, COALESCE(f.provider_transaction_id, f.request_id)
),
fees AS (
  SELECT COALESCE(f.provider_transaction_id, f.request_id) AS id, COUNT(*) AS fee_count
  FROM fee_rows AS f
  GROUP BY COALESCE(f.provider_transaction_id, f.request_id)
),
charged AS (
  SELECT
    d.participant_agreement_id, d.settlement_currency, d.batch_id, d.file_id, d.line_number, d.transaction_type,
    COALESCE(d.psp_id, '') AS psp_id, COALESCE(d.provider_transaction_id, d.request_id) AS id,
    CAST(d.sign * d.settlement_amount_minor AS BIGINT) AS amount_minor,
    COALESCE(f.fee_count, g.fee_count, 0) AS fee_count
  FROM wanted AS w
  JOIN detail_rows AS d
    ON d.participant_agreement_id = w.participant_agreement_id AND d.settlement_currency = w.settlement_currency
    AND d.batch_id = w.batch_id
  LEFT JOIN fees AS f ON f.id = d.provider_transaction_id
  LEFT JOIN fees AS g ON g.id = d.request_id
  WHERE w.kind = 'fee'
),
frequent AS (
  SELECT
    c.participant_agreement_id, c.settlement_currency, c.transaction_type, c.psp_id, c.fee_count,
    ROW_NUMBER() OVER (
      PARTITION BY c.participant_agreement_id, c.settlement_currency, c.transaction_type, c.psp_id
      ORDER BY COUNT(*) DESC, c.fee_count DESC
    ) AS place
  FROM charged AS c
  GROUP BY c.participant_agreement_id, c.settlement_currency, c.transaction_type, c.psp_id, c.fee_count
)
SELECT t.total_number, 'PUT_ASIDE' AS cause, q.file_id, q.line_number, CAST(NULL AS VARCHAR) AS id,
  CAST(NULL AS BIGINT) AS amount_minor, COALESCE(q.field || ' ', '') || q.reason AS note,
  CAST(NULL AS BIGINT) AS other_minor, CAST(NULL AS BIGINT) AS effect
FROM residual_totals AS t
JOIN quarantine AS q
  ON q.kind = t.kind AND q.participant_agreement_id = t.participant_agreement_id
  AND q.settlement_currency = t.settlement_currency AND q.batch_id = t.batch_id
  AND (t.file_id IS NULL OR q.file_id = t.file_id)
WHERE NOT t.is_count
UNION ALL
SELECT t.total_number, 'NO_TRANSACTION', s.file_id, s.line_number, s.id, NULL, NULL, NULL,
  CASE WHEN t.is_count THEN -1 END
FROM residual_totals AS t
JOIN strangers AS s
  ON s.participant_agreement_id = t.participant_agreement_id AND s.settlement_currency = t.settlement_currency
  AND s.batch_id = t.batch_id
WHERE t.kind = 'transaction_detail'
UNION ALL
SELECT t.total_number, 'NO_FEE', c.file_id, c.line_number, c.id, c.amount_minor,
  CAST(c.fee_count AS VARCHAR), NULL, CASE WHEN t.is_count THEN c.fee_count - f.fee_count END
FROM residual_totals AS t
JOIN charged AS c
  ON c.participant_agreement_id = t.participant_agreement_id AND c.settlement_currency = t.settlement_currency
  AND c.batch_id = t.batch_id
JOIN frequent AS f
  ON f.place = 1 AND f.participant_agreement_id = c.participant_agreement_id
  AND f.settlement_currency = c.settlement_currency AND f.transaction_type = c.transaction_type AND f.psp_id = c.psp_id
WHERE t.kind = 'fee' AND c.fee_count < f.fee_count
UNION ALL
SELECT t.total_number, 'OTHER_AMOUNT', s.file_id, s.line_number, s.clearing_batch_id,
  CAST(s.sign * s.settlement_amount_minor AS BIGINT), NULL,
  CAST(s.sign * (s.transaction_amount_minor - s.fee_amount_minor) AS BIGINT), NULL
FROM residual_totals AS t
JOIN summary_rows AS s
  ON s.participant_agreement_id = t.participant_agreement_id AND s.settlement_currency = t.settlement_currency
  AND s.batch_id = t.batch_id
WHERE t.edge = 'K4' AND t.kind = 'transaction_detail' AND NOT t.is_count
  AND s.sign * (s.transaction_amount_minor - s.fee_amount_minor - s.settlement_amount_minor) = t.residual
UNION ALL
SELECT t.total_number, 'NOTHING', s.file_id, s.line_number, NULL,
  CASE WHEN t.is_count THEN NULL ELSE CAST(s.sign * s.net_amount_minor AS BIGINT) END, NULL, NULL, NULL
FROM residual_totals AS t
JOIN section_totals AS s ON s.kind = t.kind AND s.file_id = t.file_id
WHERE t.edge <> 'K4'
UNION ALL
SELECT t.total_number, 'NOTHING', s.file_id, s.line_number, s.clearing_batch_id,
  CASE WHEN t.is_count THEN NULL ELSE CAST(s.sign * s.settlement_amount_minor AS BIGINT) END, NULL, NULL, NULL
FROM residual_totals AS t
JOIN summary_rows AS s
  ON s.participant_agreement_id = t.participant_agreement_id AND s.settlement_currency = t.settlement_currency
  AND s.batch_id = t.batch_id
WHERE t.edge = 'K4' AND t.kind = 'transaction_detail'
