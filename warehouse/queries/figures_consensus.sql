-- How the keyed fields of a batch came to their ends.
SELECT outcome, count(*) AS fields
FROM current_consensus
WHERE batch_id = $batch_id
GROUP BY outcome
ORDER BY outcome
