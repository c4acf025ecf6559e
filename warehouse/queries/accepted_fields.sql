-- Fields that the policy accepted, from which an audit draws its sample.
SELECT
    f.reading_id, f.page_id, f.row, f.field, f.tail, f.kind, f.era, f.value, f.confidence,
    f.alternatives, f.flags, f.box_left, f.box_top, f.box_right, f.box_bottom,
    f.scan_id, f.page, p.rotation
FROM decided_fields AS f
JOIN pages AS p USING (page_id)
WHERE f.batch_id = $batch_id AND f.decided_source = 'policy'
ORDER BY f.reading_id
