-- One row per settlement currency of the agreements: the one with the most rows of Transaction Detail up to a day first.
SELECT file.settlement_currency, SUM(file.row_count) AS row_count
FROM parsed.files AS file
WHERE file.kind = 'transaction_detail' AND file.is_current AND file.clearing_day <= ?
GROUP BY file.participant_agreement_id, file.settlement_currency
ORDER BY row_count DESC, file.settlement_currency
LIMIT 1
