-- One row: how many values of these columns are on more than one row.
SELECT COUNT(*) AS repeated_count
FROM (SELECT {columns} FROM {rows} AS every_row WHERE {where} GROUP BY {columns} HAVING COUNT(*) > 1) AS repeated
