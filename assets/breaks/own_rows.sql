-- One row per order or refund of ours that a break names by one of its ids.
SELECT {columns}
FROM {ours} AS own
WHERE own.{key} IN (SELECT wanted.id FROM wanted)
  OR own.{request_id} IN (SELECT wanted.id FROM wanted)
