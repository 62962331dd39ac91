-- One line per settlement: what it pays in all. With several files it is not documented whether each tells its own part
-- or all tell the whole; all equal and equal to the sum of the lines is the whole.
-- Reads settled_sections (current sections of those days) and settled_rows.
WITH listed AS (
  SELECT r.participant_agreement_id, r.settlement_currency, r.batch_id,
    SUM(r.sign * r.settlement_amount_minor) AS listed_minor
  FROM settled_rows AS r
  GROUP BY r.participant_agreement_id, r.settlement_currency, r.batch_id
),
told AS (
  SELECT t.participant_agreement_id, t.settlement_currency, t.batch_id,
    MIN(t.clearing_day) AS clearing_day, MAX(t.value_date) AS value_date,
    MIN(t.sign * t.net_amount_minor) AS least_minor, MAX(t.sign * t.net_amount_minor) AS most_minor,
    SUM(t.sign * t.net_amount_minor) AS sum_minor,
    STRING_AGG(t.file_id || ':' || CAST(t.line_number AS VARCHAR), ' ' ORDER BY t.file_id, t.line_number) AS lines
  FROM settled_sections AS t
  GROUP BY t.participant_agreement_id, t.settlement_currency, t.batch_id
)
SELECT
  t.participant_agreement_id, t.settlement_currency, t.batch_id AS settlement_batch_id,
  CAST(t.clearing_day + INTERVAL '1' DAY AS DATE) AS settlement_day,
  CAST(CASE WHEN t.least_minor = t.most_minor AND t.most_minor = COALESCE(l.listed_minor, 0) THEN t.most_minor
    ELSE t.sum_minor END AS BIGINT) AS total_minor,
  t.value_date, t.lines
FROM told AS t
LEFT JOIN listed AS l
  ON l.participant_agreement_id = t.participant_agreement_id AND l.settlement_currency = t.settlement_currency
  AND l.batch_id = t.batch_id
ORDER BY t.participant_agreement_id, t.settlement_currency, t.batch_id
