-- Fields of some pages of the archive, for learning how pictures of one certificate are alike:
-- pages and fields are drawn by a hash, so that the same are drawn again.
WITH chosen AS (
    SELECT page_id, scan_id, batch_id, page, rotation
    FROM pages
    WHERE status = 'read'
    ORDER BY hash(page_id)
    LIMIT $pages
)
SELECT
    r.reading_id, r.page_id, r.row, r.field, r.box_left, r.box_top, r.box_right, r.box_bottom,
    c.page, c.rotation, c.scan_id, s.source
FROM readings AS r
JOIN chosen AS c USING (page_id)
JOIN scans AS s ON s.scan_id = c.scan_id AND s.batch_id = c.batch_id AND s.reason IS NULL
WHERE r.box_left IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY r.page_id ORDER BY hash(r.row), hash(r.field)) <= $fields
ORDER BY r.reading_id
