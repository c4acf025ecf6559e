-- Where fields stand on the pages that are asked for.
SELECT DISTINCT r.page_id, r.box_left, r.box_top, r.box_right, r.box_bottom
FROM readings AS r
JOIN incoming USING (page_id)
WHERE r.box_left IS NOT NULL
ORDER BY ALL
