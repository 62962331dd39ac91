-- One row per file of a day all of whose rows are also rows of the day before, with their number.
SELECT charged.file_id, COUNT(*) AS row_count
FROM {today} AS charged
LEFT JOIN (
  SELECT DISTINCT provider_transaction_id, request_id, fee_type, fee_amount_minor, sign FROM {before} AS every_row
) AS known
  ON known.provider_transaction_id IS NOT DISTINCT FROM charged.provider_transaction_id
  AND known.request_id IS NOT DISTINCT FROM charged.request_id
  AND known.fee_type IS NOT DISTINCT FROM charged.fee_type
  AND known.fee_amount_minor IS NOT DISTINCT FROM charged.fee_amount_minor
  AND known.sign IS NOT DISTINCT FROM charged.sign
GROUP BY charged.file_id
HAVING COUNT(*) = COUNT(known.sign)
ORDER BY charged.file_id
