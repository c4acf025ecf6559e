-- What clerks keyed for a reading, and in which sealed files it went and came.
WITH keyed AS (
    FROM (
        FROM entries WHERE loaded_at = $loaded_at
        UNION ALL
        FROM entries WHERE loaded_at IS NULL
    )
    WHERE reading_id = $reading_id
),
planned AS (
    SELECT item_id, package_id
    FROM (
        FROM work_items WHERE loaded_at = $loaded_at
        UNION ALL
        FROM work_items WHERE loaded_at IS NULL
    )
    WHERE reading_id = $reading_id
)
SELECT
    e.keying, e.clerk, e.text, e.value, e.mark, e.keyed_at, e.item_id, e.submission_id,
    w.package_id, p.agreement_id
FROM keyed AS e
LEFT JOIN planned AS w USING (item_id)
LEFT JOIN packages AS p USING (package_id)
ORDER BY e.keying, e.clerk, e.submission_id
