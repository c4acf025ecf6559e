-- Chunks of a batch that a step has finished with.
SELECT DISTINCT chunk_id
FROM steps
WHERE batch_id = $batch_id AND step = $step AND state = 'done'
ORDER BY chunk_id
