-- Every decision on the readings of a field.
SELECT reading_id, value, source, reason, decided_at
FROM decisions
WHERE
    list_contains($reading_ids, reading_id)
    AND ($loaded_at IS NULL OR loaded_at IS NULL OR loaded_at = $loaded_at)
ORDER BY decided_at, source
