-- One row per line of a summary; of a batch that is stated before fees, less its fees (on its first line).
SELECT {columns}
FROM (
  SELECT
    numbered.*,
    numbered.sign * numbered.settlement_amount_minor
      - CASE WHEN numbered.line_of_batch = 1 THEN COALESCE(charged.fee_minor, 0) ELSE 0 END AS net_minor
  FROM (
    SELECT
      summary.*,
      ROW_NUMBER() OVER (
        PARTITION BY summary.participant_agreement_id, summary.settlement_currency, summary.clearing_batch_id
        ORDER BY summary.clearing_day, summary.file_id, summary.line_number
      ) AS line_of_batch
    FROM {rows} AS summary
  ) AS numbered
  LEFT JOIN before_fees AS charged
    ON charged.participant_agreement_id = numbered.participant_agreement_id
    AND charged.settlement_currency = numbered.settlement_currency
    AND charged.clearing_batch_id = numbered.clearing_batch_id
) AS stated
