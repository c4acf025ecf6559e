-- Every decision on the readings of a field.
WITH mine AS MATERIALIZED (
    SELECT reading_id, value, source, reason, decided_at, turn
    FROM decisions WHERE loaded_at = $loaded_at
    UNION ALL
    SELECT reading_id, value, source, reason, decided_at, turn
    FROM decisions
    WHERE loaded_at IS NULL AND reading_id IN (SELECT unnest($reading_ids))
)
SELECT reading_id, value, source, reason, decided_at
FROM mine
WHERE reading_id IN (SELECT unnest($reading_ids))
ORDER BY decided_at, source, turn
