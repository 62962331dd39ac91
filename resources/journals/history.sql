-- One row per question up to a day, with its outcome if it has one.
SELECT question.question_id, question.break_id, question.break_code, question.situation, question.ordinal,
  question.as_of_day, question.source_id, question.order_key,
  question.pay_state, question.asked_by, question.asked_id, question.worker, question.claimed_at,
  question.lease_until,
  CASE WHEN outcome.outcome IS NULL AND interruption.question_id IS NOT NULL THEN 'INTERRUPTED'
    ELSE outcome.outcome END AS outcome,
  outcome.finding,
  CASE WHEN outcome.outcome IS NULL AND interruption.question_id IS NOT NULL
    THEN 'whoever asked it ended before the answer' ELSE outcome.reason END AS reason,
  outcome.code, COALESCE(outcome.counts, 0) AS counts, COALESCE(outcome.is_concluding, 0) AS is_concluding,
  COALESCE(outcome.stops_the_run, 0) AS stops_the_run, outcome.seq AS told_seq,
  COALESCE(outcome.told_at, interruption.told_at) AS told_at,
  outcome.latency_ms, outcome.attempts, outcome.amount_minor, outcome.currency, outcome.provider_payment_id,
  outcome.paid_at,
  outcome.settlement_amount_minor, outcome.settlement_currency, outcome.result_code, outcome.differences,
  outcome.reply_sha256
FROM questions AS question
LEFT JOIN outcomes AS outcome ON outcome.question_id = question.question_id
LEFT JOIN interruptions AS interruption ON interruption.question_id = question.question_id
WHERE question.as_of_day <= ?
ORDER BY question.seq
