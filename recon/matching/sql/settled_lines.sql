-- One row per line of a Settlement Report, of all settlement days up to the report date of this day.
-- settled_rows: the current settlement rows of those days.
-- Reads: settled_rows
-- Columns:
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   settlement_batch_id       settlement that paid it
--   settlement_day            day of the settlement
--   clearing_batch_id         clearing batch of the line
--   settled_minor             amount with sign, minor units
--   line                      place of the line: file id and line
SELECT
  settled_row.participant_agreement_id, settled_row.settlement_currency, settled_row.batch_id AS settlement_batch_id,
  CAST(settled_row.clearing_day + INTERVAL '1' DAY AS DATE) AS settlement_day,
  settled_row.clearing_batch_id,
  CAST(settled_row.sign * settled_row.settlement_amount_minor AS BIGINT) AS settled_minor,
  {place(settled_row)} AS line
FROM settled_rows AS settled_row
ORDER BY settled_row.file_id, settled_row.line_number
