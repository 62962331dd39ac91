-- Request ids that the decision tables have to look at on this day.
SELECT n.payment_request_id AS id FROM not_plain AS n
UNION
SELECT n.request_id AS id FROM not_plain AS n
UNION
SELECT s.id FROM suspect_ids AS s
UNION
SELECT r.request_id AS id FROM attention_rows AS r
UNION
SELECT r.original_request_id AS id FROM attention_rows AS r
UNION
SELECT i.request_id AS id FROM opening_items AS i
UNION
SELECT s.payment_request_id AS id FROM seen_early AS s
UNION
SELECT p.earlier_request_id AS id FROM near_pairs AS p
UNION
SELECT p.later_request_id AS id FROM near_pairs AS p
UNION
SELECT r.request_id AS id
FROM rows_of_day AS r
WHERE r.row_role = 'PAYMENT' AND r.provider_transaction_id IN (SELECT a.id FROM attention_transactions AS a)
