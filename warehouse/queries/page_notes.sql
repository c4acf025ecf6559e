-- What people should know of the pages of a batch, with the files they lie in.
SELECT
    n.code, s.source, p.page, n.page_id, n.other, o.source AS other_source, q.page AS other_page,
    n.detail
FROM page_notes AS n
JOIN pages AS p ON p.page_id = n.page_id AND p.batch_id = n.batch_id
JOIN scans AS s ON s.scan_id = p.scan_id AND s.batch_id = n.batch_id AND s.reason IS NULL
LEFT JOIN pages AS q ON q.page_id = n.other
LEFT JOIN scans AS o ON o.scan_id = q.scan_id AND o.batch_id = q.batch_id AND o.reason IS NULL
WHERE n.batch_id = $batch_id
ORDER BY n.code, s.source, p.page, n.other
