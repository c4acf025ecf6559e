-- Everything that was read of the field that a reading belongs to.
SELECT o.reading_id, o.engine, o.text, o.value, o.confidence, o.decision, o.flags
FROM readings AS r
JOIN readings AS o USING (page_id, row, field)
WHERE r.reading_id = $reading_id
ORDER BY o.confidence DESC, o.reading_id
