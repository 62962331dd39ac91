-- One row per request id of which the first passes over refunds and their fees say nothing: of a payment that its own
-- first pass leaves open, on several rows, carried, named before its own day, or of two orders that look like one.
-- Reads: ids_on_several_rows, near_pairs, opening_items, reported_before_own_day, unmatched_or_differing
-- Columns:
--   id  paymentRequestId or refundRequestId
SELECT candidate.payment_request_id AS id FROM unmatched_or_differing AS candidate
  WHERE candidate.payment_request_id IS NOT NULL
UNION
SELECT candidate.request_id AS id FROM unmatched_or_differing AS candidate WHERE candidate.request_id IS NOT NULL
UNION
SELECT repeated.id FROM ids_on_several_rows AS repeated WHERE repeated.id IS NOT NULL
UNION
SELECT opening.request_id AS id FROM opening_items AS opening WHERE opening.request_id IS NOT NULL
UNION
SELECT early.payment_request_id AS id FROM reported_before_own_day AS early
UNION
SELECT near_pair.earlier_request_id AS id FROM near_pairs AS near_pair
UNION
SELECT near_pair.later_request_id AS id FROM near_pairs AS near_pair
