-- One row per current file of a day, and whether reports of its kind have a summary section.
SELECT file.*, LIST_CONTAINS(?, file.kind) AS has_section
FROM parsed.files AS file
WHERE file.is_current AND file.clearing_day = ?
