-- What each clerk (a pseudonym) keyed, and how much of it differs from what was settled.
SELECT
    e.clerk, count(*) AS entries,
    count(d.value) AS settled,
    count(*) FILTER (e.value IS NOT NULL AND e.value <> d.value) AS wrong,
    count(*) FILTER (e.mark = 'illegible') AS illegible
FROM entries AS e
JOIN work_items AS w USING (item_id)
LEFT JOIN field_decisions AS d
    ON d.batch_id = w.batch_id AND d.reading_id = e.reading_id
    AND d.source IN ('consensus', 'arbitration', 'staff')
WHERE w.batch_id = $batch_id AND w.purpose NOT IN ('gold', 'canary')
GROUP BY e.clerk
ORDER BY e.clerk
