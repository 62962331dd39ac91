-- One row per refundId and time that report rows or open breaks name it; a row of an unknown type may.
-- To look for an id twice costs less than to find out which come twice.
SELECT reported.provider_transaction_id AS key FROM rows AS reported WHERE reported.row_role <> 'PAYMENT'
UNION ALL
SELECT item.provider_transaction_id FROM open_items AS item
