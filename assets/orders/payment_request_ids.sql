-- One row per paymentRequestId and time that report rows, open breaks or pending orders name it; a row of an unknown type may.
-- To look for an id twice costs less than to find out which come twice.
SELECT reported.request_id AS key FROM rows AS reported WHERE reported.row_role <> 'REFUND'
UNION ALL
SELECT reported.original_request_id FROM rows AS reported WHERE reported.row_role <> 'PAYMENT'
UNION ALL
SELECT item.payment_request_id FROM open_items AS item
UNION ALL
SELECT pending.payment_request_id FROM pending_before AS pending
