-- One row per break and clearing day with decisions: those that were in force on that day.
SELECT
  standing.as_of_day AS clearing_day,
  standing.as_of_day = (SELECT MAX(proved.as_of_day) FROM breaks.days AS proved WHERE proved.status = 'proved') AS is_newest_list,
  standing.break_id,
  item.break_code,
  code.words AS break_name,
  item.merchant_id,
  item.merchant_name,
  decided.words AS decided,
  standing.owner,
  standing.snoozed_until,
  standing.comment,
  standing.reference,
  waits.words AS waits_for_approval,
  lapsed.words AS lapsed,
  standing.decided_by,
  standing.approved_by,
  standing.decided_at + INTERVAL 8 HOUR AS decided_at_utc8,
  standing.because,
  standing.currency,
  currency.decimals AS currency_decimals,
  CAST(CAST(standing.amount_minor AS DECIMAL(20, 0)) * currency.unit AS DECIMAL(24, 4)) AS amount,
  standing.file_count
FROM breaks.decisions AS standing
LEFT JOIN breaks.items AS item ON item.as_of_day = standing.as_of_day AND item.break_id = standing.break_id
LEFT JOIN bi.words AS code ON code.kind = 'break' AND code.code = item.break_code
LEFT JOIN bi.words AS decided ON decided.kind = 'state' AND decided.code = standing.state
LEFT JOIN bi.words AS waits ON waits.kind = 'request' AND waits.code = standing.waits_for_approval
LEFT JOIN bi.words AS lapsed ON lapsed.kind = 'request' AND lapsed.code = standing.lapsed
LEFT JOIN bi.currencies AS currency ON currency.currency = standing.currency
