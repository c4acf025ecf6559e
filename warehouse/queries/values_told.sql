-- The agreed values of the records in `incoming`, those that the agreement lets out.
WITH asked AS (SELECT DISTINCT record_id FROM incoming),
current_values AS (
    SELECT v.record_id, v.field, v.value
    FROM record_values AS v
    SEMI JOIN asked USING (record_id)
    QUALIFY row_number() OVER (
        PARTITION BY v.record_id, v.field
        ORDER BY
            list_position(['inherited', 'policy', 'consensus', 'arbitration', 'staff'], v.source) DESC,
            v.decided_at DESC
    ) = 1
),
allowed AS (
    SELECT r.record_id
    FROM records AS r
    SEMI JOIN asked USING (record_id)
    LEFT JOIN current_values AS v ON v.record_id = r.record_id AND v.field = 'registration_date'
    WHERE
        (len($kinds) = 0 OR list_contains($kinds, r.kind))
        AND ($registered_from = '' OR v.value >= $registered_from)
        AND ($registered_to = '' OR left(v.value, len($registered_to)) <= $registered_to)
)
SELECT a.record_id, v.field, v.value
FROM allowed AS a
LEFT JOIN current_values AS v
    ON v.record_id = a.record_id AND list_contains($fields, v.field)
ORDER BY a.record_id, v.field
