-- One row per transaction type of a day that is none of ours, with its rows.
SELECT report_row.transaction_type, COUNT(*) AS row_count
FROM {rows} AS report_row
WHERE report_row.row_role = 'OTHER'
GROUP BY report_row.transaction_type
ORDER BY report_row.transaction_type
