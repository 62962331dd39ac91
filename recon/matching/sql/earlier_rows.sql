-- One row per report row of an earlier day that this day needs.
-- Report rows of earlier days that belong to what this day looks at. They are read once, by ids alone, since there are
-- many: what a row was paired with is asked of those few that are named.
-- A row that carries a request id belongs to the order or refund of that id, which may be settled and no longer loaded:
-- Alipay+'s own id finds only rows without one. What was paired so before is found again by the request id of its rows.
-- A row without one that was paired so belongs to that order: another order that stores the same id does not find it.
-- A refund that names no request id of ours stays with the order that stores its payment while a break of their sum is open.
-- Of several rows of one pair, each is found by its place: only the first one's request id is known.
-- An order that has another key or source since then is known by its paymentRequestId, a refund by its refundRequestId.
-- Reads: exception_candidate_ids, exception_candidate_rows, exception_candidate_transactions, opening_items,
--   orders_in_scope, paired_by_provider_id_earlier, pairs_in_scope, rows_before, scope_refunds
-- Columns:
--   rows_before.*  its columns, unchanged
WITH wanted_requests AS (
  SELECT candidate_id.id FROM exception_candidate_ids AS candidate_id
  UNION
  SELECT own_order.payment_request_id AS id FROM orders_in_scope AS own_order
  UNION
  SELECT own_refund.refund_request_id AS id FROM scope_refunds AS own_refund
  UNION
  SELECT earlier_pair.request_id AS id FROM pairs_in_scope AS earlier_pair
),
wanted_transactions AS (
  SELECT candidate_transaction.id FROM exception_candidate_transactions AS candidate_transaction
  UNION
  SELECT report_row.original_provider_transaction_id AS id FROM exception_candidate_rows AS report_row
  UNION
  SELECT own_refund.provider_refund_id AS id FROM scope_refunds AS own_refund
  UNION
  SELECT opening.provider_transaction_id AS id FROM opening_items AS opening
),
named_transactions AS (
  SELECT wanted_transaction.id FROM wanted_transactions AS wanted_transaction
  UNION
  SELECT own_order.provider_payment_id AS id FROM orders_in_scope AS own_order
),
open_groups AS (
  SELECT own_order.provider_payment_id AS id
  FROM orders_in_scope AS own_order
  JOIN opening_items AS opening ON opening.source_id = own_order.source_id AND opening.order_key = own_order.order_key
  WHERE opening.family = 'R' AND opening.key_kind = 'order' AND own_order.provider_payment_id IS NOT NULL
),
settled_places AS (
  SELECT earlier_pair.place
  FROM paired_by_provider_id_earlier AS earlier_pair
  LEFT JOIN pairs_in_scope AS pair_in_scope ON pair_in_scope.place = earlier_pair.place
  WHERE pair_in_scope.place IS NULL
),
named AS (
  SELECT report_row.*
  FROM rows_before AS report_row
  WHERE report_row.request_id IN (SELECT wanted_request.id FROM wanted_requests AS wanted_request
    WHERE wanted_request.id IS NOT NULL)
    OR report_row.original_request_id IN (SELECT wanted_request.id FROM wanted_requests AS wanted_request
      WHERE wanted_request.id IS NOT NULL)
    OR (report_row.request_id IS NULL AND report_row.provider_transaction_id IN (SELECT named_transaction.id
      FROM named_transactions AS named_transaction WHERE named_transaction.id IS NOT NULL))
    OR (report_row.original_request_id IS NULL AND report_row.original_provider_transaction_id IN (
      SELECT named_transaction.id FROM named_transactions AS named_transaction
      WHERE named_transaction.id IS NOT NULL))
    OR report_row.original_provider_transaction_id IN (SELECT open_group.id FROM open_groups AS open_group)
),
of_several AS (
  SELECT report_row.*
  FROM rows_before AS report_row
  JOIN (
    SELECT earlier_pair.file_id, earlier_pair.line_number
    FROM pairs_in_scope AS earlier_pair
    WHERE earlier_pair.file_id IS NOT NULL
    GROUP BY earlier_pair.file_id, earlier_pair.line_number
  ) AS paired ON paired.file_id = report_row.file_id AND paired.line_number = report_row.line_number
  LEFT JOIN named AS found ON found.file_id = report_row.file_id AND found.line_number = report_row.line_number
  WHERE found.file_id IS NULL
)
SELECT report_row.*
FROM named AS report_row
WHERE report_row.request_id IS NOT NULL
  OR report_row.original_request_id IS NOT NULL
  OR report_row.original_provider_transaction_id IS NOT NULL
  OR report_row.provider_transaction_id IN (SELECT wanted_transaction.id FROM wanted_transactions
    AS wanted_transaction WHERE wanted_transaction.id IS NOT NULL)
  OR {place(report_row)} NOT IN (SELECT settled_place.place FROM settled_places AS settled_place)
UNION ALL
SELECT report_row.* FROM of_several AS report_row
