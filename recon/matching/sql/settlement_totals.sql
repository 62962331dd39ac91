-- One row per settlement: what it pays in all. With several files it is not documented whether each gives its own part
-- or all give the whole; all equal and equal to the sum of the lines is the whole.
-- settled_sections: the current sections of those days.
-- Reads: settled_rows, settled_sections
-- Columns:
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   settlement_batch_id       settlement that paid it
--   settlement_day            day of the settlement
--   total_minor               total of the settlement, minor units
--   value_date                latest value date of its files
--   lines                     places of the section lines, joined by blanks
WITH listed AS (
  SELECT settled_row.participant_agreement_id, settled_row.settlement_currency, settled_row.batch_id,
    SUM(settled_row.sign * settled_row.settlement_amount_minor) AS listed_minor
  FROM settled_rows AS settled_row
  GROUP BY settled_row.participant_agreement_id, settled_row.settlement_currency, settled_row.batch_id
),
section_sums AS (
  SELECT section.participant_agreement_id, section.settlement_currency, section.batch_id,
    MIN(section.clearing_day) AS clearing_day, MAX(section.value_date) AS value_date,
    MIN(section.sign * section.net_amount_minor) AS least_minor,
    MAX(section.sign * section.net_amount_minor) AS most_minor,
    SUM(section.sign * section.net_amount_minor) AS sum_minor,
    STRING_AGG({place(section)}, ' '
      ORDER BY section.file_id, section.line_number) AS lines
  FROM settled_sections AS section
  GROUP BY section.participant_agreement_id, section.settlement_currency, section.batch_id
)
SELECT
  section_sums.participant_agreement_id, section_sums.settlement_currency, section_sums.batch_id AS settlement_batch_id,
  CAST(section_sums.clearing_day + INTERVAL '1' DAY AS DATE) AS settlement_day,
  CAST(CASE WHEN section_sums.least_minor = section_sums.most_minor
    AND section_sums.most_minor = COALESCE(listed.listed_minor, 0)
    THEN section_sums.most_minor
    ELSE section_sums.sum_minor END AS BIGINT) AS total_minor,
  section_sums.value_date, section_sums.lines
FROM section_sums
LEFT JOIN listed
  ON listed.participant_agreement_id = section_sums.participant_agreement_id
    AND listed.settlement_currency = section_sums.settlement_currency
  AND listed.batch_id = section_sums.batch_id
ORDER BY section_sums.participant_agreement_id, section_sums.settlement_currency, section_sums.batch_id
