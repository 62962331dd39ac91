-- One row per current file with a summary section: what its rows amount to, and what the section says.
-- Reads: parsed_files, section_rows, section_totals
-- Columns:
--   kind                      which report
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   batch_id                  clearing or settlement batch of the file name
--   file_id                   file name and version that the row was read from
--   row_count                 its rows, with those in quarantine
--   net_minor                 sum of the rows with sign, minor units
--   total_count               number of rows by the section; null: no section, or it does not say
--   total_net_minor           total of the section with sign, minor units; null: no section
WITH counted AS (
  SELECT section_row.file_id, COUNT(*) AS row_count, SUM(section_row.signed_minor) AS net_minor
  FROM section_rows AS section_row
  GROUP BY section_row.file_id
),
section_sums AS (
  SELECT
    section.file_id,
    CASE WHEN COUNT(*) = COUNT(section.total_count) THEN SUM(section.total_count) END AS total_count,
    SUM(section.sign * section.net_amount_minor) AS total_net_minor
  FROM section_totals AS section
  GROUP BY section.file_id
)
SELECT
  file.kind, file.participant_agreement_id, file.settlement_currency, file.batch_id, file.file_id,
  CAST(COALESCE(counted.row_count, 0) + file.quarantined_count AS BIGINT) AS row_count,
  CAST(COALESCE(counted.net_minor, 0) AS BIGINT) AS net_minor,
  CAST(section_sums.total_count AS BIGINT) AS total_count,
  CAST(section_sums.total_net_minor AS BIGINT) AS total_net_minor
FROM parsed_files AS file
LEFT JOIN counted ON counted.file_id = file.file_id
LEFT JOIN section_sums ON section_sums.file_id = file.file_id
WHERE file.has_section
ORDER BY file.kind, file.participant_agreement_id, file.settlement_currency, file.batch_id, file.file_id
