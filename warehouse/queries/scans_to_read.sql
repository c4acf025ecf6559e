-- Scans of a batch of which no page was read or set aside yet, in the order of intake. Page 0
-- stands for a scan that was not where intake left it: it is asked for again.
SELECT s.scan_id, s.source, s.bytes, s.media_type
FROM scans AS s
WHERE
    s.batch_id = $batch_id
    AND s.reason IS NULL
    AND s.scan_id NOT IN (SELECT p.scan_id FROM pages AS p WHERE p.page > 0)
ORDER BY s.source
