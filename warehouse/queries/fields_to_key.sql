-- Fields of a batch that nobody has decided and that no work item stands for yet. A date
-- carried from the row above has no ink of its own: there is nothing to key.
SELECT
    f.reading_id, f.page_id, f.row, f.field, f.tail, f.kind, f.era, f.value, f.confidence,
    f.alternatives, f.flags, f.box_left, f.box_top, f.box_right, f.box_bottom,
    f.scan_id, f.page, p.rotation
FROM decided_fields AS f
JOIN pages AS p USING (page_id)
WHERE
    f.batch_id = $batch_id
    AND f.decided_value IS NULL
    AND NOT contains(coalesce(f.flags, ''), '"carried"')
    AND f.reading_id NOT IN (SELECT w.reading_id FROM work_items AS w WHERE w.purpose NOT IN ('gold', 'canary'))
ORDER BY f.reading_id
