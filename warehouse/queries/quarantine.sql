-- Files and pages of a batch that were set aside, and what to do about each. A scan that was
-- missing (page 0) and came back is no longer among them.
SELECT source, NULL::INTEGER AS page, reason, detail
FROM scans
WHERE batch_id = $batch_id AND reason IS NOT NULL
UNION ALL
SELECT s.source, nullif(p.page, 0), p.reason, p.detail
FROM pages AS p
JOIN scans AS s ON s.scan_id = p.scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
WHERE p.batch_id = $batch_id AND p.status = 'quarantined'
    AND (p.page > 0 OR p.scan_id NOT IN (SELECT f.scan_id FROM pages AS f WHERE f.page > 0))
ORDER BY source, page NULLS FIRST, reason
