-- One line per set of clearing reports of the day: what its Summary Report says, summed over its files.
SELECT
  p.participant_agreement_id, p.settlement_currency, p.batch_id,
  CAST(COALESCE(SUM(s.total_count), 0) AS BIGINT) AS total_count,
  CAST(COALESCE(SUM(s.sign * s.settlement_amount_minor), 0) AS BIGINT) AS net_minor
FROM parsed_files AS p
LEFT JOIN summary_rows AS s ON s.file_id = p.file_id
WHERE p.kind = 'transaction_summary'
GROUP BY p.participant_agreement_id, p.settlement_currency, p.batch_id
ORDER BY p.participant_agreement_id, p.settlement_currency, p.batch_id
