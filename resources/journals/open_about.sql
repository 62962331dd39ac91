-- One row per question without an outcome about the same order or the same id: its worker, and how long its lease runs.
SELECT question.question_id, question.worker, question.lease_until
FROM questions AS question
LEFT JOIN outcomes AS outcome ON outcome.question_id = question.question_id
LEFT JOIN interruptions AS interruption ON interruption.question_id = question.question_id
WHERE outcome.question_id IS NULL AND interruption.question_id IS NULL AND (
  question.asked_id = :asked_id
  OR (question.break_id = :break_id AND question.situation = :situation)
  OR (question.source_id = :source_id AND question.order_key = :order_key AND question.order_key <> '')
)
