-- One row per state that was to be written to our side, with the result if there is one.
SELECT intent.question_id, question.break_id, question.situation, question.as_of_day, question.source_id,
  question.order_key, question.asked_by, question.asked_id,
  intent.intended_at, intent.before, result.told_at, result.result, result.after
FROM write_intents AS intent
JOIN questions AS question ON question.question_id = intent.question_id
LEFT JOIN write_results AS result ON result.question_id = intent.question_id
ORDER BY intent.rowid
