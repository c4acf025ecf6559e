-- Which clerk was given which field of a batch, in any package.
SELECT w.clerk, w.reading_id, f.page_id, f.row, f.field
FROM work_items AS w
JOIN fields AS f USING (batch_id, reading_id)
WHERE w.batch_id = $batch_id
