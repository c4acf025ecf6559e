-- Certificate numbers that are certain and that nobody keys, whose writing canaries may borrow.
SELECT
    f.reading_id, f.page_id, f.row, f.field, f.tail, f.text, f.scan_id, f.page, p.rotation,
    s.source, f.box_left, f.box_top, f.box_right, f.box_bottom
FROM decided_fields AS f
JOIN pages AS p ON p.page_id = f.page_id
JOIN scans AS s ON s.scan_id = f.scan_id AND s.batch_id = f.batch_id AND s.reason IS NULL
WHERE
    f.batch_id = $batch_id
    AND f.field = 'certificate_number'
    AND f.decided_source = 'policy'
    AND f.box_right - f.box_left > 2 * (f.box_bottom - f.box_top)
ORDER BY hash(f.reading_id)
LIMIT $most
