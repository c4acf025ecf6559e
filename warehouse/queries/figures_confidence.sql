-- How often people settled on the machine's value, by the confidence it had stated.
WITH binned AS (
    SELECT
        confidence, value, decided_value,
        decided_source IN ('consensus', 'arbitration', 'staff') AS by_people,
        len(list_filter($edges::DOUBLE[], lambda edge: edge <= confidence)) AS bin
    FROM decided_fields
    WHERE batch_id = $batch_id
)
SELECT
    bin, count(*) AS fields, avg(confidence) AS stated,
    count(*) FILTER (by_people) AS checked,
    avg(confidence) FILTER (by_people) AS checked_stated,
    count(*) FILTER (by_people AND value = decided_value) AS agreed
FROM binned
GROUP BY bin
ORDER BY bin
