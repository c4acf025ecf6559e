-- The numbers of a batch, one row.
WITH counted AS (
    SELECT
        count(*) AS fields,
        count(*) FILTER (decided_source = 'policy') AS accepted,
        count(*) FILTER (decided_source IN ('consensus', 'arbitration')) AS keyed,
        count(*) FILTER (decided_source = 'staff') AS by_staff,
        count(*) FILTER (decided_source = 'inherited') AS inherited,
        count(*) FILTER (decided_source IS NULL) AS undecided
    FROM decided_fields
    WHERE batch_id = $batch_id
)
SELECT
    (SELECT count(*) FROM scans WHERE batch_id = $batch_id) AS files,
    (SELECT count(*) FROM scans WHERE batch_id = $batch_id AND reason IS NOT NULL)
        AS files_set_aside,
    (SELECT count(*) FROM pages WHERE batch_id = $batch_id AND status = 'read') AS pages_read,
    (SELECT count(*) FROM pages WHERE batch_id = $batch_id AND status <> 'read'
        AND (page > 0 OR scan_id NOT IN (SELECT f.scan_id FROM pages AS f WHERE f.page > 0)))
        AS pages_set_aside,
    c.*,
    (SELECT count(DISTINCT reading_id) FROM work_items
        WHERE batch_id = $batch_id AND purpose IN ('key', 'arbitration')) AS sent,
    (SELECT count(*) FROM certificates WHERE batch_id = $batch_id) AS certificates,
    (SELECT count(*) FROM records WHERE batch_id = $batch_id) AS verified
FROM counted AS c
