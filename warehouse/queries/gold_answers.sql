-- What clerks keyed from fields that people had settled: the last entry of each gold item.
WITH settled AS (
    SELECT reading_id, value
    FROM decisions
    WHERE source IN ('consensus', 'arbitration', 'staff')
    QUALIFY row_number() OVER (
        PARTITION BY reading_id
        ORDER BY list_position(['consensus', 'arbitration', 'staff'], source) DESC, decided_at DESC
    ) = 1
)
SELECT e.clerk, w.package_id, e.value, e.mark, s.value AS settled
FROM entries AS e
JOIN work_items AS w USING (item_id)
JOIN settled AS s ON s.reading_id = e.reading_id
WHERE w.purpose = 'gold'
QUALIFY row_number() OVER (
    PARTITION BY e.item_id ORDER BY e.keyed_at DESC, e.submission_id DESC
) = 1
ORDER BY e.clerk, e.item_id
