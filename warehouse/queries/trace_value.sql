-- One verified value with the page it stands on. The index of moments gives the rows of
-- the page; those without a moment (of an earlier release) are searched all.
WITH mine AS MATERIALIZED (
    SELECT record_id, field, value, source, reason, decided_at, reading_id
    FROM record_values WHERE loaded_at = $loaded_at
    UNION ALL
    SELECT record_id, field, value, source, reason, decided_at, reading_id
    FROM record_values
    WHERE loaded_at IS NULL AND record_id = $record_id AND field = $field
),
held AS (
    FROM mine
    WHERE record_id = $record_id AND field = $field
    QUALIFY row_number() OVER (
        ORDER BY
            list_position(['inherited', 'policy', 'consensus', 'arbitration', 'staff'], source)
                DESC,
            decided_at DESC
    ) = 1
)
SELECT
    v.record_id, v.field, v.value, v.source, v.reason, v.decided_at, v.reading_id,
    s.scan_id, s.source AS scan_file, s.batch_id, s.entered_at,
    p.page_id, p.page, p.kind, p.rotation
FROM held AS v
JOIN pages AS p ON p.page_id = $page_id
LEFT JOIN scans AS s
    ON s.scan_id = $scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
