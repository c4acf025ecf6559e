-- The packages that were planned for a batch, and whether each is sealed.
SELECT
    w.package_id, any_value(w.clerk) AS clerk, any_value(w.keying) AS keying,
    count(*) AS items, bool_or(p.package_id IS NOT NULL) AS sealed
FROM work_items AS w
LEFT JOIN packages AS p USING (package_id)
WHERE w.batch_id = $batch_id
GROUP BY w.package_id
ORDER BY w.package_id
