-- Every decision on the field that a reading belongs to.
SELECT d.reading_id, d.value, d.source, d.reason, d.decided_at
FROM readings AS r
JOIN readings AS o USING (page_id, row, field)
JOIN decisions AS d ON d.reading_id = o.reading_id
WHERE r.reading_id = $reading_id
ORDER BY d.decided_at, d.source
