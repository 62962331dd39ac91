-- One row per refundId that report rows or open breaks name; a row of an unknown type may name one.
SELECT reported.provider_transaction_id AS key FROM rows AS reported WHERE reported.row_role <> 'PAYMENT'
UNION
SELECT item.provider_transaction_id FROM open_items AS item
