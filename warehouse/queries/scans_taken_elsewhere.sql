-- Scans that an earlier batch took in; one that is missing there may be entered from elsewhere.
SELECT DISTINCT scan_id
FROM scans
WHERE batch_id <> $batch_id AND reason IS NULL
    AND (
        scan_id IN (SELECT p.scan_id FROM pages AS p WHERE p.page > 0)
        OR scan_id NOT IN (SELECT p.scan_id FROM pages AS p)
    )
