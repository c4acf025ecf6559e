-- Every weighing of a reading's keyings.
SELECT keyings, value, probability, outcome, machine_agrees, settled_at
FROM (
    FROM consensus WHERE loaded_at = $loaded_at
    UNION ALL
    FROM consensus WHERE loaded_at IS NULL
)
WHERE reading_id = $reading_id
ORDER BY keyings
