-- One row per control total and batch that could be why.
-- Both sides of a batch whose settlement differs from its Summary Report, of a settlement that differs from what the
-- bank received, and the batches that are missing where all that was cleared is added up.
-- cleared_rows and settled_rows: the current summary and settlement rows of all days up to this one.
-- Reads: cleared_rows, kept_batches, kept_settlements, known_batches, residual_totals, settled_rows,
--   settled_sections, settlement_rows
-- Columns:
--   total_number  number of the control total that does not tie out
--   cause         what could be why (`recon.tie_out.residuals`)
--   file_id       file name and version that the row was read from
--   line_number   line of that file, from 1
--   id            batch
--   amount_minor  amount, minor units
--   note          more about it, in words
--   other_minor   the amount that the same line gives otherwise, minor units; null: none
--   effect        what it explains of the residual, in the unit of the total; null: not counted
WITH cleared AS (
  SELECT cleared_row.participant_agreement_id, cleared_row.settlement_currency, cleared_row.clearing_batch_id,
    SUM(cleared_row.sign * cleared_row.settlement_amount_minor) AS cleared_minor, MIN(cleared_row.file_id) AS file_id,
    MIN(cleared_row.line_number) AS line_number
  FROM cleared_rows AS cleared_row
  GROUP BY cleared_row.participant_agreement_id, cleared_row.settlement_currency, cleared_row.clearing_batch_id
),
settled AS (
  SELECT settled_row.participant_agreement_id, settled_row.settlement_currency, settled_row.clearing_batch_id,
    SUM(settled_row.sign * settled_row.settlement_amount_minor) AS settled_minor
  FROM settled_rows AS settled_row
  GROUP BY settled_row.participant_agreement_id, settled_row.settlement_currency, settled_row.clearing_batch_id
),
balances AS (
  SELECT
    cleared.participant_agreement_id, cleared.settlement_currency, cleared.clearing_batch_id, cleared.cleared_minor,
    cleared.file_id, cleared.line_number,
    settled.settled_minor, kept_batch.clearing_batch_id IS NOT NULL AS is_kept,
    cleared.cleared_minor - COALESCE(settled.settled_minor, 0)
      + CASE WHEN kept_batch.outcome IN ('B03', 'B04') THEN kept_batch.settled_minor - kept_batch.cleared_minor
        ELSE 0 END
      - CASE WHEN kept_batch.settled_minor IS NULL THEN COALESCE(kept_batch.cleared_minor, 0) ELSE 0 END AS effect
  FROM cleared
  LEFT JOIN settled
    ON settled.participant_agreement_id = cleared.participant_agreement_id
      AND settled.settlement_currency = cleared.settlement_currency
    AND settled.clearing_batch_id = cleared.clearing_batch_id
  LEFT JOIN kept_batches AS kept_batch
    ON kept_batch.participant_agreement_id = cleared.participant_agreement_id
      AND kept_batch.settlement_currency = cleared.settlement_currency
    AND kept_batch.clearing_batch_id = cleared.clearing_batch_id AND kept_batch.clearing_day IS NOT NULL
)
SELECT total.total_number, 'SETTLED' AS cause, settlement_row.file_id, settlement_row.line_number,
  settlement_row.clearing_batch_id AS id,
  CAST(settlement_row.sign * settlement_row.settlement_amount_minor AS BIGINT) AS amount_minor,
  COALESCE(CAST(settlement_row.total_count AS VARCHAR), 'not how many') || ' transactions' AS note,
  CAST(NULL AS BIGINT) AS other_minor, CAST(NULL AS BIGINT) AS effect
FROM residual_totals AS total
JOIN settlement_rows AS settlement_row ON settlement_row.file_id = total.file_id
  AND settlement_row.clearing_batch_id = total.clearing_batch_id
WHERE total.kind = 'batch'
UNION ALL
SELECT total.total_number, 'CLEARED', known_batch.file_id, known_batch.line_number, known_batch.clearing_batch_id,
  CAST(known_batch.sign * known_batch.settlement_amount_minor AS BIGINT),
  CAST(known_batch.total_count AS VARCHAR) || ' transactions', NULL, NULL
FROM residual_totals AS total
JOIN known_batches AS known_batch
  ON known_batch.participant_agreement_id = total.participant_agreement_id
    AND known_batch.settlement_currency = total.settlement_currency
  AND known_batch.clearing_batch_id = total.clearing_batch_id
WHERE total.kind = 'batch'
UNION ALL
SELECT total.total_number, 'PAID', section.file_id, section.line_number, section.batch_id,
  CAST(section.sign * section.net_amount_minor AS BIGINT),
  NULL, NULL, NULL
FROM residual_totals AS total
JOIN settled_sections AS section
  ON section.participant_agreement_id = total.participant_agreement_id
    AND section.settlement_currency = total.settlement_currency
  AND section.batch_id = total.batch_id
WHERE total.kind = 'bank'
UNION ALL
SELECT total.total_number, 'AT_BANK', NULL, NULL, kept_settlement.settlement_batch_id, kept_settlement.bank_minor,
  NULL, NULL, NULL
FROM residual_totals AS total
JOIN kept_settlements AS kept_settlement
  ON kept_settlement.participant_agreement_id = total.participant_agreement_id
    AND kept_settlement.settlement_currency = total.settlement_currency
  AND kept_settlement.settlement_batch_id = total.batch_id
WHERE total.kind = 'bank' AND kept_settlement.bank_minor IS NOT NULL
UNION ALL
SELECT total.total_number, CASE WHEN balances.is_kept THEN 'OTHER_BATCH' ELSE 'LOST_BATCH' END, balances.file_id,
  balances.line_number,
  balances.clearing_batch_id, CAST(balances.cleared_minor AS BIGINT), NULL, NULL, NULL
FROM residual_totals AS total
JOIN balances
  ON balances.participant_agreement_id = total.participant_agreement_id
    AND balances.settlement_currency = total.settlement_currency
WHERE total.kind = 'standing' AND balances.effect <> 0
