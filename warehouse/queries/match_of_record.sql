-- The answer that stands for a record.
SELECT batch_id, person_id, decision, model
FROM current_matches
WHERE record_id = $record_id
ORDER BY matched_at DESC
