-- Whom the matching found for a person of a record; the answer that stands comes last.
WITH paper AS (SELECT loaded_at FROM pages WHERE page_id = split_part($record_id, '/', 1))
SELECT person_id, probability, decision, runner_up, evidence, flags, model, matched_at
FROM (
    -- The join with one moment lets blocks of other moments be passed over.
    SELECT matches.* FROM matches JOIN paper USING (loaded_at)
    UNION ALL
    FROM matches WHERE loaded_at IS NULL
)
WHERE record_id = $record_id
ORDER BY decided_by IS NOT NULL, matched_at, model
