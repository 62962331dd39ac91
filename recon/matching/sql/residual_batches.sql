-- Both sides of a batch whose settlement differs from its Summary Report, of a settlement that differs from what the bank
-- received, and the batches that are missing where all that was cleared is added up.
-- Reads residual_totals, settlement_rows and known_batches of the day, section_totals, kept_settlements, kept_batches, and
-- cleared_rows and settled_rows: the current summary and settlement rows of all days up to this one.
WITH cleared AS (
  SELECT c.participant_agreement_id, c.settlement_currency, c.clearing_batch_id,
    SUM(c.sign * c.settlement_amount_minor) AS cleared_minor, MIN(c.file_id) AS file_id, MIN(c.line_number) AS line_number
  FROM cleared_rows AS c
  GROUP BY c.participant_agreement_id, c.settlement_currency, c.clearing_batch_id
),
settled AS (
  SELECT s.participant_agreement_id, s.settlement_currency, s.clearing_batch_id,
    SUM(s.sign * s.settlement_amount_minor) AS settled_minor
  FROM settled_rows AS s
  GROUP BY s.participant_agreement_id, s.settlement_currency, s.clearing_batch_id
),
standing AS (
  SELECT
    c.participant_agreement_id, c.settlement_currency, c.clearing_batch_id, c.cleared_minor, c.file_id, c.line_number,
    s.settled_minor, k.clearing_batch_id IS NOT NULL AS is_kept,
    c.cleared_minor - COALESCE(s.settled_minor, 0)
      + CASE WHEN k.outcome IN ('B03', 'B04') THEN k.settled_minor - k.cleared_minor ELSE 0 END
      - CASE WHEN k.settled_minor IS NULL THEN COALESCE(k.cleared_minor, 0) ELSE 0 END AS effect
  FROM cleared AS c
  LEFT JOIN settled AS s
    ON s.participant_agreement_id = c.participant_agreement_id AND s.settlement_currency = c.settlement_currency
    AND s.clearing_batch_id = c.clearing_batch_id
  LEFT JOIN kept_batches AS k
    ON k.participant_agreement_id = c.participant_agreement_id AND k.settlement_currency = c.settlement_currency
    AND k.clearing_batch_id = c.clearing_batch_id AND k.clearing_day IS NOT NULL
)
SELECT t.total_number, 'SETTLED' AS cause, s.file_id, s.line_number, s.clearing_batch_id AS id,
  CAST(s.sign * s.settlement_amount_minor AS BIGINT) AS amount_minor,
  COALESCE(CAST(s.total_count AS VARCHAR), 'not how many') || ' transactions' AS note,
  CAST(NULL AS BIGINT) AS other_minor, CAST(NULL AS BIGINT) AS effect
FROM residual_totals AS t
JOIN settlement_rows AS s ON s.file_id = t.file_id AND s.clearing_batch_id = t.clearing_batch_id
WHERE t.kind = 'batch'
UNION ALL
SELECT t.total_number, 'CLEARED', k.file_id, k.line_number, k.clearing_batch_id,
  CAST(k.sign * k.settlement_amount_minor AS BIGINT), CAST(k.total_count AS VARCHAR) || ' transactions', NULL, NULL
FROM residual_totals AS t
JOIN known_batches AS k
  ON k.participant_agreement_id = t.participant_agreement_id AND k.settlement_currency = t.settlement_currency
  AND k.clearing_batch_id = t.clearing_batch_id
WHERE t.kind = 'batch'
UNION ALL
SELECT t.total_number, 'PAID', x.file_id, x.line_number, x.batch_id, CAST(x.sign * x.net_amount_minor AS BIGINT),
  NULL, NULL, NULL
FROM residual_totals AS t
JOIN settled_sections AS x
  ON x.participant_agreement_id = t.participant_agreement_id AND x.settlement_currency = t.settlement_currency
  AND x.batch_id = t.batch_id
WHERE t.kind = 'bank'
UNION ALL
SELECT t.total_number, 'AT_BANK', NULL, NULL, k.settlement_batch_id, k.bank_minor, NULL, NULL, NULL
FROM residual_totals AS t
JOIN kept_settlements AS k
  ON k.participant_agreement_id = t.participant_agreement_id AND k.settlement_currency = t.settlement_currency
  AND k.settlement_batch_id = t.batch_id
WHERE t.kind = 'bank' AND k.bank_minor IS NOT NULL
UNION ALL
SELECT t.total_number, CASE WHEN s.is_kept THEN 'OTHER_BATCH' ELSE 'LOST_BATCH' END, s.file_id, s.line_number,
  s.clearing_batch_id, CAST(s.cleared_minor AS BIGINT), NULL, NULL, NULL
FROM residual_totals AS t
JOIN standing AS s
  ON s.participant_agreement_id = t.participant_agreement_id AND s.settlement_currency = t.settlement_currency
WHERE t.kind = 'standing' AND s.effect <> 0
