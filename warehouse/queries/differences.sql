-- What the register says differently of the people of a batch or of all, for its own department:
-- what the archive's paper says, where it stands, and since when it was known.
SELECT
    d.record_id, d.field, d.archive_value, d.register_value, d.person_id, d.note, d.noted_at,
    r.batch_id, r.kind, p.page, s.source AS scan
FROM present_differences AS d
JOIN records AS r ON r.record_id = regexp_replace(d.record_id, '/(male|female)$', '')
JOIN pages AS p USING (page_id)
LEFT JOIN scans AS s
    ON s.scan_id = p.scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
WHERE $batch_id IS NULL OR r.batch_id = $batch_id
ORDER BY r.batch_id, d.record_id, d.field
