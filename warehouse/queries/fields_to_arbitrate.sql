-- Fields whose two keyings differ and that have no third keying under way.
SELECT
    f.reading_id, f.page_id, f.row, f.field, f.tail, f.kind, f.era, f.value, f.confidence,
    f.alternatives, f.flags, f.box_left, f.box_top, f.box_right, f.box_bottom,
    f.scan_id, f.page, p.rotation
FROM decided_fields AS f
JOIN pages AS p USING (page_id)
JOIN current_consensus AS c ON c.batch_id = f.batch_id AND c.reading_id = f.reading_id
WHERE
    f.batch_id = $batch_id
    AND c.outcome = 'third_keying'
    AND f.decided_value IS NULL
    AND f.reading_id NOT IN (
        SELECT w.reading_id FROM work_items AS w
        WHERE w.keying = 3 AND w.purpose NOT IN ('gold', 'canary')
    )
ORDER BY f.reading_id
