-- One row per report file of a clearing day, every version.
SELECT kind, file_name, version, sha256, size_bytes, is_current, is_valid, finding, row_count, quarantined_count
FROM parsed.files
WHERE clearing_day = ?
ORDER BY kind, file_name, version
