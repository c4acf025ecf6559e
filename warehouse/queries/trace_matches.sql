-- Whom the matching found for a person of a record.
SELECT person_id, probability, decision, runner_up, evidence, model, matched_at
FROM matches
WHERE record_id = $record_id
ORDER BY matched_at, model
