-- What each vendor (by agreement) keyed in all batches, and how much differs from what was settled.
SELECT
    p.agreement_id AS part, count(*) AS fields,
    count(d.value) AS checked,
    count(*) FILTER (e.value IS NOT NULL AND e.value <> d.value) AS overruled
FROM entries AS e
JOIN work_items AS w USING (item_id)
JOIN packages AS p USING (package_id)
LEFT JOIN field_decisions AS d
    ON d.batch_id = w.batch_id AND d.reading_id = e.reading_id
    AND d.source IN ('consensus', 'arbitration', 'staff')
WHERE w.purpose NOT IN ('gold', 'canary')
GROUP BY p.agreement_id
ORDER BY p.agreement_id
