-- The last entry of each item of a batch beside the machine's reading: one row an item.
-- A full submission repeats what a partial one before it held.
SELECT
    e.reading_id, f.tail, f.field, f.page_id, f.row, f.value AS machine_value, f.confidence,
    f.alternatives,
    e.keying, e.clerk, e.text, e.value, e.mark, w.purpose
FROM entries AS e
JOIN work_items AS w USING (item_id)
JOIN fields AS f ON f.batch_id = w.batch_id AND f.reading_id = e.reading_id
WHERE f.batch_id = $batch_id AND w.purpose NOT IN ('gold', 'canary')
QUALIFY row_number() OVER (
    PARTITION BY e.item_id ORDER BY e.keyed_at DESC, e.submission_id DESC
) = 1
ORDER BY e.reading_id, e.keying, e.clerk
