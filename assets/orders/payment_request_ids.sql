-- One row per paymentRequestId that report rows, open breaks or pending orders name; a row of an unknown type may name one.
SELECT reported.request_id AS key FROM rows AS reported WHERE reported.row_role <> 'REFUND'
UNION
SELECT reported.original_request_id FROM rows AS reported WHERE reported.row_role <> 'PAYMENT'
UNION
SELECT item.payment_request_id FROM open_items AS item
UNION
SELECT pending.payment_request_id FROM pending_before AS pending
