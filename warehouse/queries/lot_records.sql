-- The verified records of a batch, and where on the scans to look at each.
SELECT r.record_id, s.source, p.page, nullif(r.row, 0) AS row
FROM records AS r
JOIN pages AS p USING (page_id)
JOIN scans AS s ON s.scan_id = p.scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
WHERE r.batch_id = $batch_id
ORDER BY s.source, p.page, r.row
