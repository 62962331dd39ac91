-- One line per current file with a summary section: what its rows amount to, and what the section says.
-- Reads section_rows (file_id, signed_minor: the rows of the day of every kind with a summary section), parsed_files and
-- section_totals.
WITH counted AS (
  SELECT r.file_id, COUNT(*) AS row_count, SUM(r.signed_minor) AS net_minor
  FROM section_rows AS r
  GROUP BY r.file_id
),
told AS (
  SELECT
    t.file_id,
    CASE WHEN COUNT(*) = COUNT(t.total_count) THEN SUM(t.total_count) END AS total_count,
    SUM(t.sign * t.net_amount_minor) AS total_net_minor
  FROM section_totals AS t
  GROUP BY t.file_id
)
SELECT
  p.kind, p.participant_agreement_id, p.settlement_currency, p.batch_id, p.file_id,
  CAST(COALESCE(c.row_count, 0) + p.quarantined_count AS BIGINT) AS row_count,
  CAST(COALESCE(c.net_minor, 0) AS BIGINT) AS net_minor,
  CAST(t.total_count AS BIGINT) AS total_count,
  CAST(t.total_net_minor AS BIGINT) AS total_net_minor
FROM parsed_files AS p
LEFT JOIN counted AS c ON c.file_id = p.file_id
LEFT JOIN told AS t ON t.file_id = p.file_id
WHERE p.has_section
ORDER BY p.kind, p.participant_agreement_id, p.settlement_currency, p.batch_id, p.file_id
