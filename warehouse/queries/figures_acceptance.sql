-- Fields and how many of them the policy accepted, by kind of field and era.
SELECT
    tail, coalesce(era, '') AS era, count(*) AS fields,
    count(*) FILTER (decided_source = 'policy') AS accepted
FROM decided_fields
WHERE batch_id = $batch_id
GROUP BY ALL
ORDER BY tail, era
