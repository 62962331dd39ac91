-- One row per attempt to send a message, with its result if there is one, in the order of the attempts.
SELECT attempt.message_id, attempt.channel, attempt.begun_at,
  outcome.seq IS NOT NULL AS is_told, outcome.told_at, outcome.problem
FROM attempts AS attempt
LEFT JOIN results AS outcome ON outcome.seq = attempt.seq
ORDER BY attempt.seq
