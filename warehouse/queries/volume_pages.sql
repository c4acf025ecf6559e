-- Pages of a batch that were read: where their scans lie, how many pages those have, and how many
-- certificates stand on each page, verified or not.
WITH counted AS (
    SELECT page_id, count(*) AS certificates
    FROM certificates
    WHERE batch_id = $batch_id
    GROUP BY page_id
),
longest AS (
    SELECT scan_id, max(page) AS last_page FROM pages WHERE batch_id = $batch_id GROUP BY scan_id
)
SELECT
    p.page_id, p.scan_id, p.page, p.dpi, s.source, s.media_type,
    l.last_page, coalesce(c.certificates, 0) AS certificates
FROM pages AS p
JOIN longest AS l USING (scan_id)
JOIN scans AS s ON s.scan_id = p.scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
LEFT JOIN counted AS c USING (page_id)
WHERE p.batch_id = $batch_id AND p.status = 'read'
ORDER BY s.source, p.page
