-- What the archive has of each certificate, settled or only read, in long form.
SELECT
    f.certificate_id, s.source AS scan, f.field,
    coalesce(f.decided_value, f.value) AS value, f.decided_source AS source, f.confidence
FROM certificate_fields AS f
LEFT JOIN scans AS s
    ON s.scan_id = f.scan_id AND s.batch_id = f.batch_id AND s.reason IS NULL
WHERE $batch_id IS NULL OR f.batch_id = $batch_id
ORDER BY f.certificate_id, f.field
