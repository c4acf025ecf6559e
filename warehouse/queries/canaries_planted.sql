-- Every canary with the package that it is in and the clerk it was made for.
SELECT c.item_id, c.text, w.package_id, w.clerk
FROM canaries AS c
JOIN work_items AS w USING (item_id)
ORDER BY c.item_id
