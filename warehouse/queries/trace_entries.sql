-- What clerks keyed for a reading, and in which sealed files it went and came.
WITH page_entries AS MATERIALIZED (
    SELECT reading_id, keying, clerk, text, value, mark, keyed_at, item_id, submission_id
    FROM entries WHERE loaded_at = $loaded_at
    UNION ALL
    SELECT reading_id, keying, clerk, text, value, mark, keyed_at, item_id, submission_id
    FROM entries WHERE loaded_at IS NULL AND reading_id = $reading_id
),
page_items AS MATERIALIZED (
    SELECT reading_id, item_id, package_id, purpose FROM work_items WHERE loaded_at = $loaded_at
    UNION ALL
    SELECT reading_id, item_id, package_id, purpose
    FROM work_items WHERE loaded_at IS NULL AND reading_id = $reading_id
)
SELECT
    e.keying, e.clerk, e.text, e.value, e.mark, e.keyed_at, e.item_id, e.submission_id,
    w.package_id, p.agreement_id
FROM page_entries AS e
LEFT JOIN page_items AS w USING (reading_id, item_id)
LEFT JOIN packages AS p USING (package_id)
WHERE e.reading_id = $reading_id AND coalesce(w.purpose, '') NOT IN ('gold', 'canary')
ORDER BY e.keying, e.clerk, e.submission_id
