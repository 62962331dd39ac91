-- One row per correction of a break that is known by its id, or whose key is one of the ids.
SELECT *
FROM breaks.corrections
WHERE what = 'BREAK'
  AND (LIST_CONTAINS(CAST($known AS VARCHAR[]), name)
    OR LIST_CONTAINS($ids, ARRAY_TO_STRING(STRING_SPLIT(name, '/')[4:], '/')))
ORDER BY ALL
