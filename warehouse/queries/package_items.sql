-- The items of a package in the order in which its clerk sees them, each with its place on
-- the scan.
SELECT
    w.item_id, w.package_id, w.reading_id, w.clerk, w.keying, w.purpose, w.created_at,
    c.text AS shown_text, c.figures, c.after_figures, f.page_id, f.row, f.field, f.tail,
    f.box_left, f.box_top, f.box_right, f.box_bottom, f.page, p.rotation, f.scan_id,
    s.source
FROM work_items AS w
JOIN fields AS f USING (reading_id)
JOIN pages AS p ON p.page_id = f.page_id
JOIN scans AS s ON s.scan_id = f.scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
LEFT JOIN canaries AS c USING (item_id)
WHERE w.package_id = $package_id
ORDER BY w.item_id
