-- Everything that was read of a field.
SELECT reading_id, engine, text, value, confidence, decision, flags
FROM (
    FROM readings WHERE loaded_at = $loaded_at
    UNION ALL
    FROM readings WHERE loaded_at IS NULL
)
WHERE page_id = $page_id AND row = $row AND field = $field
ORDER BY confidence DESC, reading_id
