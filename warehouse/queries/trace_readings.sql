-- Everything that was read of a field.
SELECT reading_id, engine, text, value, confidence, decision, flags
FROM readings
WHERE
    page_id = $page_id AND row = $row AND field = $field
    AND ($loaded_at IS NULL OR loaded_at IS NULL OR loaded_at = $loaded_at)
ORDER BY confidence DESC, reading_id
