-- Everything that was read of a field on a page, in whichever row.
WITH mine AS MATERIALIZED (
    SELECT
        reading_id, row, engine, text, value, confidence, decision, flags,
        box_left, box_top, box_right, box_bottom, field, page_id
    FROM readings WHERE loaded_at = $loaded_at
    UNION ALL
    SELECT
        reading_id, row, engine, text, value, confidence, decision, flags,
        box_left, box_top, box_right, box_bottom, field, page_id
    FROM readings WHERE loaded_at IS NULL AND page_id = $page_id
)
SELECT * EXCLUDE (page_id, field)
FROM mine
WHERE page_id = $page_id AND field = $field
ORDER BY confidence DESC, reading_id
