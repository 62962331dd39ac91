-- One row per refundRequestId that report rows or open breaks name; a row of an unknown type may name one.
SELECT reported.request_id AS key FROM rows AS reported WHERE reported.row_role <> 'PAYMENT'
UNION
SELECT item.refund_request_id FROM open_items AS item
