-- The scans of a batch that were read, with how many pages each has and what the archive's stamp
-- (归档章) on any of them says: settled, or read without much doubt.
SELECT
    s.scan_id, s.source, count(DISTINCT p.page) AS pages,
    list(DISTINCT d.page_id) FILTER (d.page_id IS NOT NULL) AS stamped,
    list(DISTINCT d.stamp_pages) FILTER (d.stamp_pages IS NOT NULL) AS stamp_pages
FROM scans AS s
JOIN pages AS p ON p.scan_id = s.scan_id AND p.batch_id = s.batch_id AND p.page > 0
LEFT JOIN (
    SELECT page_id, TRY_CAST(coalesce(decided_value, value) AS INTEGER) AS stamp_pages
    FROM decided_fields
    WHERE batch_id = $batch_id AND field = 'stamp.pages'
        AND (decided_value IS NOT NULL OR confidence >= 0.8)
) AS d USING (page_id)
WHERE s.batch_id = $batch_id AND s.reason IS NULL
GROUP BY s.scan_id, s.source
ORDER BY s.source
