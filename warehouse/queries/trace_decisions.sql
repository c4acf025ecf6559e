-- Every decision on the readings of a field.
SELECT reading_id, value, source, reason, decided_at
FROM (
    FROM decisions WHERE loaded_at = $loaded_at
    UNION ALL
    FROM decisions WHERE loaded_at IS NULL
)
WHERE reading_id IN (SELECT unnest($reading_ids))
ORDER BY decided_at, source
