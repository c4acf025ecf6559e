-- One verified value with the page and box it stands in.
SELECT
    v.record_id, v.field, v.value, v.source, v.reason, v.decided_at, v.reading_id,
    s.scan_id, s.source AS scan_file, s.batch_id, s.entered_at,
    p.page_id, p.page, p.kind, p.rotation,
    r.row, r.box_left, r.box_top, r.box_right, r.box_bottom
FROM verified_values AS v
JOIN readings AS r USING (reading_id)
JOIN pages AS p USING (page_id)
LEFT JOIN scans AS s
    ON s.scan_id = p.scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
WHERE v.record_id = $record_id AND v.field = $field
