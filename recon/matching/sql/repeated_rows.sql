-- One row per copy of a report row.
-- Exact repeats inside one batch and agreement: every copy after the first. Totals are proved on the rows as delivered.
-- Reads: repeated_ids, rows_in_scope
-- Columns:
--   file_id       file name and version that the row was read from
--   line_number   line of that file, from 1
--   clearing_day  clearing day (UTC+8) of the report
--   id            request id, else Alipay+ id
WITH numbered AS (
  SELECT
    report_row.file_id,
    report_row.line_number,
    report_row.clearing_day,
    COALESCE(report_row.request_id, report_row.provider_transaction_id) AS id,
    ROW_NUMBER() OVER (
      PARTITION BY report_row.row_role, report_row.transaction_type, report_row.batch_id,
        report_row.participant_agreement_id, report_row.settlement_currency,
        report_row.request_id, report_row.provider_transaction_id, report_row.original_request_id,
        report_row.original_provider_transaction_id,
        report_row.transaction_at, report_row.amount_minor, report_row.currency, report_row.settlement_amount_minor,
        report_row.sign
      ORDER BY report_row.clearing_day, report_row.file_id, report_row.line_number
    ) AS copy_number
  FROM rows_in_scope AS report_row
  WHERE COALESCE(report_row.request_id, report_row.provider_transaction_id) IN (SELECT repeated.id FROM repeated_ids
    AS repeated)
)
SELECT numbered.file_id, numbered.line_number, numbered.clearing_day, numbered.id
FROM numbered
WHERE numbered.copy_number > 1
