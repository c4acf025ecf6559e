-- The last state of each chunk in each step of a batch.
SELECT chunk_id, step, state, content_hash, items, seconds, recorded_at
FROM steps
WHERE batch_id = $batch_id AND ($step IS NULL OR step = $step)
QUALIFY row_number() OVER (
    PARTITION BY chunk_id, step
    ORDER BY recorded_at DESC, list_position(['started', 'failed', 'done'], state) DESC
) = 1
ORDER BY step, chunk_id
