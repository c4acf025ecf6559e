-- Scans of a batch of which no page was read or set aside yet, in the order of intake.
SELECT s.scan_id, s.source, s.bytes, s.media_type
FROM scans AS s
WHERE
    s.batch_id = $batch_id
    AND s.reason IS NULL
    AND s.scan_id NOT IN (SELECT p.scan_id FROM pages AS p)
ORDER BY s.source
