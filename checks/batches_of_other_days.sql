-- One row per clearing batch whose reports (of these kinds) were parsed for another day, with the first such day.
SELECT participant_agreement_id, settlement_currency, batch_id, MIN(clearing_day) AS other_day
FROM parsed.files
WHERE clearing_day <> ? AND LIST_CONTAINS(?, kind)
GROUP BY participant_agreement_id, settlement_currency, batch_id
