-- The notes on the scans of a batch by code: on how many pages, and some of them.
WITH placed AS (
    SELECT
        n.code, n.page_id,
        parse_filename(s.source) || ' p.' || p.page
            || coalesce(' ≈ ' || parse_filename(o.source) || ' p.' || q.page, '') AS place
    FROM page_notes AS n
    JOIN pages AS p ON p.page_id = n.page_id AND p.batch_id = n.batch_id
    JOIN scans AS s ON s.scan_id = p.scan_id AND s.batch_id = n.batch_id AND s.reason IS NULL
    LEFT JOIN pages AS q ON q.page_id = n.other
    LEFT JOIN scans AS o
        ON o.scan_id = q.scan_id AND o.batch_id = q.batch_id AND o.reason IS NULL
    WHERE n.batch_id = $batch_id
)
SELECT code, count(DISTINCT page_id) AS pages, list(place ORDER BY place)[1:5] AS places
FROM placed
GROUP BY code
ORDER BY code
