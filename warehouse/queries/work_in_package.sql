-- The items of a package by their random ids.
SELECT w.item_id, w.reading_id, w.batch_id, w.keying, w.clerk, f.tail
FROM work_items AS w
JOIN fields AS f USING (reading_id)
WHERE w.package_id = $package_id
