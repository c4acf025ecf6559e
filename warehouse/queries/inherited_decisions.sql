-- Values that a row takes from the row above: a date that is written only where it changes,
-- and a field in which people keyed a ditto mark.
SELECT
    f.reading_id, above.decided_value AS value, 'inherited' AS source,
    'from row ' || above.row AS reason, $now::TIMESTAMPTZ AS decided_at,
    f.loaded_at, NULL::INTEGER AS turn
FROM decided_fields AS f
JOIN decided_fields AS above
    ON above.page_id = f.page_id AND above.field = f.field AND above.row = f.row - 1
LEFT JOIN current_consensus AS c ON c.reading_id = f.reading_id
WHERE
    f.batch_id = $batch_id
    AND f.decided_value IS NULL
    AND above.decided_value IS NOT NULL
    AND (
        contains(coalesce(f.flags, ''), '"carried"')
        OR (
            c.outcome IN ('agreed', 'arbitrated')
            AND c.value IS NULL
            AND f.reading_id IN (
                SELECT e.reading_id FROM entries AS e
                WHERE list_contains(['〃', '同上', '々', '″', '"'], e.text)
            )
        )
    )
