-- Fields of a batch that a calibration may draw: read from ink that is not cursive, in an era
-- that is known, with a picture to key. What refers to another cell has no ink of its own.
SELECT f.reading_id, f.page_id, f.field, f.tail, f.era, p.hand
FROM fields AS f
JOIN pages AS p USING (page_id)
JOIN readings AS r USING (reading_id)
WHERE
    f.batch_id = $batch_id
    AND f.era IS NOT NULL
    AND p.hand IN ('neat', 'running')
    AND f.value <> ''
    AND f.box_left IS NOT NULL
    AND r.evidence IS NOT NULL
    AND NOT contains(coalesce(f.flags, ''), '"carried"')
    AND NOT contains(coalesce(f.flags, ''), '"ditto"')
ORDER BY f.reading_id
