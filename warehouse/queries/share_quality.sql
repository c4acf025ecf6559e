-- How good each field of a share is: filled, blank on the paper, keyed by people, and by whom settled.
SELECT
    v.field,
    v.source,
    count(*) FILTER (v.value <> '') AS filled,
    count(*) FILTER (v.value = '') AS blank,
    count(*) FILTER (e.reading_id IS NOT NULL) AS keyed,
    avg(r.confidence) FILTER (v.source = 'policy') AS confidence
FROM chosen AS c
JOIN verified_values AS v USING (record_id)
JOIN readings AS r USING (reading_id)
LEFT JOIN (SELECT DISTINCT reading_id FROM entries) AS e USING (reading_id)
WHERE list_contains($fields, v.field)
GROUP BY v.field, v.source
ORDER BY v.field, v.source
