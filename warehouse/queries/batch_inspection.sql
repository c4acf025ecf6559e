-- The last verdict on a batch.
SELECT outcome, sampled, wrong, judged_at
FROM lots
WHERE batch_id = $batch_id AND outcome <> 'drawn'
ORDER BY judged_at DESC
LIMIT 1
