-- Which clerk was given which field of the pages that are asked for, in any package of any batch.
SELECT w.clerk, w.reading_id, w.package_id, w.item_id, r.page_id, r.row, r.field
FROM work_items AS w
JOIN readings AS r USING (reading_id)
JOIN incoming USING (page_id)
ORDER BY w.item_id
