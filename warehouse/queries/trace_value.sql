-- One verified value with the page and box it stands in. The moment at which the page was loaded
-- says where its rows lie; those without one (of an earlier release, by staff) are searched all.
WITH held AS (
    FROM (
        FROM record_values WHERE loaded_at = $loaded_at
        UNION ALL
        FROM record_values WHERE loaded_at IS NULL
    )
    WHERE record_id = $record_id AND field = $field
    QUALIFY row_number() OVER (
        ORDER BY
            list_position(['inherited', 'policy', 'consensus', 'arbitration', 'staff'], source)
                DESC,
            decided_at DESC
    ) = 1
),
read AS (
    SELECT reading_id, row, box_left, box_top, box_right, box_bottom
    FROM (
        FROM readings WHERE loaded_at = $loaded_at
        UNION ALL
        FROM readings WHERE loaded_at IS NULL
    )
    WHERE page_id = $page_id AND field = $field
)
SELECT
    v.record_id, v.field, v.value, v.source, v.reason, v.decided_at, v.reading_id,
    s.scan_id, s.source AS scan_file, s.batch_id, s.entered_at,
    p.page_id, p.page, p.kind, p.rotation,
    r.row, r.box_left, r.box_top, r.box_right, r.box_bottom
FROM held AS v
JOIN read AS r USING (reading_id)
JOIN pages AS p ON p.page_id = $page_id
LEFT JOIN scans AS s
    ON s.scan_id = $scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
