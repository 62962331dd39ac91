-- Every refundId that report rows or open breaks name; a row of an unknown type may name one.
-- An id may come twice: to look for it once costs less than to find that out.
SELECT reported.provider_transaction_id AS key FROM rows AS reported WHERE reported.row_role <> 'PAYMENT'
UNION ALL
SELECT item.provider_transaction_id FROM open_items AS item
