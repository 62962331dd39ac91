-- One row per break and clearing day: the list of that day, with incidents and the breaks grouped under them.
-- Count and add only rows where is_listed: an incident replaces its breaks, and what was decided is off the list.
SELECT
  item.as_of_day AS clearing_day,
  item.as_of_day = (SELECT MAX(proved.as_of_day) FROM breaks.days AS proved WHERE proved.status = 'proved') AS is_newest_list,
  item.incident_id IS NULL AND item.state NOT IN ('ACCEPTED', 'WRITTEN_OFF') AS is_listed,
  item.state IN ('OPEN', 'ASKED') AS is_open,
  item.break_id,
  item.incident_id,
  family.words AS family,
  item.break_code,
  code.words AS break_name,
  item.severity,
  severity.words AS severity_words,
  state.words AS state,
  item.opened_day,
  item.first_opened_day,
  item.age_days,
  item.reopened_count,
  item.deadline_at + INTERVAL 8 HOUR AS deadline_at_utc8,
  item.turns_real_day AS becomes_a_break_on,
  actor.words AS who_acts,
  item.party,
  item.source_id,
  item.merchant_id,
  item.merchant_name,
  item.store_id,
  item.terminal_id,
  item.merchant_txn_no,
  item.psp_id,
  item.psp_name,
  item.order_key,
  item.refund_key,
  item.payment_request_id,
  item.refund_request_id,
  item.provider_transaction_id,
  item.currency,
  currency.decimals AS currency_decimals,
  CAST(CAST(item.order_amount_minor AS DECIMAL(20, 0)) * currency.unit AS DECIMAL(24, 4)) AS order_amount,
  CAST(CAST(item.report_amount_minor AS DECIMAL(20, 0)) * report_currency.unit AS DECIMAL(24, 4)) AS report_amount,
  item.report_currency,
  CAST(CAST(item.difference_minor AS DECIMAL(20, 0)) * currency.unit AS DECIMAL(24, 4)) AS difference,
  CAST(CAST(item.amount_at_risk_minor AS DECIMAL(20, 0)) * currency.unit AS DECIMAL(24, 4)) AS amount_at_risk,
  EXISTS (
    SELECT 1 FROM bi.words AS mark
    WHERE mark.kind = 'mark of doubt'
      AND (mark.code = item.break_code OR list_contains(string_split(COALESCE(item.flags, ''), ' '), mark.code))
  ) AS is_in_doubt,
  CAST(CAST(item.value_minor AS DECIMAL(20, 0)) * value_currency.unit AS DECIMAL(24, 4)) AS value,
  item.value_currency,
  item.is_small,
  item.order_created_at + INTERVAL 8 HOUR AS order_created_at_utc8,
  item.paid_at + INTERVAL 8 HOUR AS paid_at_utc8,
  item.refund_requested_at + INTERVAL 8 HOUR AS refund_requested_at_utc8,
  item.refunded_at + INTERVAL 8 HOUR AS refunded_at_utc8,
  item.order_status,
  item.refund_status,
  COALESCE(answer.words, item.answer) AS answer,
  verdict.words AS verdict,
  item.asked_count,
  item.answered_at + INTERVAL 8 HOUR AS answered_at_utc8,
  item.explanation,
  item.what_to_do
FROM breaks.items AS item
LEFT JOIN bi.words AS family ON family.kind = 'family' AND family.code = item.family
LEFT JOIN bi.words AS code ON code.kind = 'break' AND code.code = item.break_code
LEFT JOIN bi.words AS severity ON severity.kind = 'severity' AND severity.code = item.severity
LEFT JOIN bi.words AS state ON state.kind = 'state' AND state.code = item.state
LEFT JOIN bi.words AS actor ON actor.kind = 'actor' AND actor.code = item.who_acts
LEFT JOIN bi.words AS answer ON answer.kind = 'answer' AND answer.code = item.answer
LEFT JOIN bi.words AS verdict ON verdict.kind = 'verdict' AND verdict.code = item.verdict
LEFT JOIN bi.currencies AS currency ON currency.currency = item.currency
LEFT JOIN bi.currencies AS report_currency ON report_currency.currency = item.report_currency
LEFT JOIN bi.currencies AS value_currency ON value_currency.currency = item.value_currency
