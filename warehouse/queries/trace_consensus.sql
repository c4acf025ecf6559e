-- Every weighing of a reading's keyings.
WITH mine AS MATERIALIZED (
    SELECT reading_id, keyings, value, probability, outcome, machine_agrees, settled_at
    FROM consensus WHERE loaded_at = $loaded_at
    UNION ALL
    SELECT reading_id, keyings, value, probability, outcome, machine_agrees, settled_at
    FROM consensus WHERE loaded_at IS NULL AND reading_id = $reading_id
)
SELECT * EXCLUDE (reading_id) FROM mine
WHERE reading_id = $reading_id
ORDER BY keyings
