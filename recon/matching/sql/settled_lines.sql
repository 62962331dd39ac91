-- One line per line of a Settlement Report, of all settlement days up to the report date of this day.
-- Reads settled_rows: the current settlement rows of those days.
SELECT
  s.participant_agreement_id, s.settlement_currency, s.batch_id AS settlement_batch_id,
  CAST(s.clearing_day + INTERVAL '1' DAY AS DATE) AS settlement_day,
  s.clearing_batch_id,
  CAST(s.sign * s.settlement_amount_minor AS BIGINT) AS settled_minor,
  s.file_id || ':' || CAST(s.line_number AS VARCHAR) AS line
FROM settled_rows AS s
ORDER BY s.file_id, s.line_number
