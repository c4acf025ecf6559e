-- Whom the matching found for a person of a record; the answer that stands comes last.
SELECT person_id, probability, decision, runner_up, evidence, flags, model, matched_at
FROM matches
WHERE record_id = $record_id
ORDER BY decided_by IS NOT NULL, matched_at, model
