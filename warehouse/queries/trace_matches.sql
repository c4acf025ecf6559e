-- Whom the matching found for a person of a record; the answer that stands comes last.
WITH mine AS MATERIALIZED (
    FROM matches WHERE loaded_at = $loaded_at
    UNION ALL
    FROM matches WHERE loaded_at IS NULL AND record_id = $record_id
)
SELECT person_id, probability, decision, runner_up, evidence, flags, model, matched_at
FROM mine
WHERE record_id = $record_id
ORDER BY decided_by IS NOT NULL, matched_at, model
