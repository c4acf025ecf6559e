-- All batches, the oldest first.
SELECT batch_id, name, policy, demonstration, created_at
FROM batches
ORDER BY created_at, batch_id
