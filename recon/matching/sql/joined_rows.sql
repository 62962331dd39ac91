-- Payment rows under the id by which they join: their own request id, or the one of the order that adopted them.
SELECT p.*, COALESCE(a.payment_request_id, p.request_id) AS join_id, a.payment_request_id IS NOT NULL AS is_adopted
FROM payment_rows AS p
LEFT JOIN adopted_rows AS a ON a.file_id = p.file_id AND a.line_number = p.line_number
