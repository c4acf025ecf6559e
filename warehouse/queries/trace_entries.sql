-- What clerks keyed for a reading, and in which sealed files it went and came.
SELECT
    e.keying, e.clerk, e.text, e.value, e.mark, e.keyed_at, e.item_id, e.submission_id,
    w.package_id, p.agreement_id
FROM entries AS e
LEFT JOIN work_items AS w USING (item_id)
LEFT JOIN packages AS p USING (package_id)
WHERE e.reading_id = $reading_id
ORDER BY e.keying, e.clerk, e.submission_id
