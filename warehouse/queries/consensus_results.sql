-- The latest consensus on each keyed field of a batch.
SELECT reading_id, keyings, value, probability, outcome, machine_agrees, settled_at
FROM current_consensus
WHERE batch_id = $batch_id
ORDER BY reading_id
