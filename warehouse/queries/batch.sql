-- One batch as it was entered.
SELECT batch_id, name, policy, demonstration, created_at
FROM batches
WHERE batch_id = $batch_id
