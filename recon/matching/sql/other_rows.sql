-- The rows of the day that are not payments: refunds, and types that the layout does not know.
SELECT r.* FROM rows_of_day AS r WHERE r.row_role <> 'PAYMENT'
