-- One row per report that a day expects or has.
SELECT *
FROM landed.calendar
WHERE as_of_day = ?
ORDER BY report_date, participant_agreement_id, settlement_currency, kind, batch_id, version
