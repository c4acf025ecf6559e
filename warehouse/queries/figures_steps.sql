-- What each step of a batch did and how long it took.
SELECT step, count(*) AS chunks, sum(items)::BIGINT AS items, sum(seconds) AS seconds
FROM (
    SELECT step, items, seconds, recorded_at
    FROM steps
    WHERE batch_id = $batch_id AND state = 'done'
    QUALIFY row_number() OVER (PARTITION BY chunk_id, step ORDER BY recorded_at DESC) = 1
)
GROUP BY step
ORDER BY min(recorded_at), step
