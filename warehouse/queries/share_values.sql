-- The verified values that a share may hold: chosen records, agreed fields, long form.
WITH chosen AS (
    SELECT
        r.record_id, r.kind,
        any_value(v.value) FILTER (v.field = 'registration_date') AS registered
    FROM records AS r
    JOIN verified_values AS v USING (record_id)
    WHERE
        (len($batch_ids) = 0 OR list_contains($batch_ids, r.batch_id))
        AND (len($kinds) = 0 OR list_contains($kinds, r.kind))
        AND (len($eras) = 0 OR list_contains($eras, r.era))
    GROUP BY ALL
)
SELECT
    c.record_id, c.kind, v.field, v.value, v.source, v.decided_at,
    r.page_id, r.box_left, r.box_top, r.box_right, r.box_bottom, r.engine,
    (SELECT count(*) FROM entries AS e WHERE e.reading_id = v.reading_id) AS keyings
FROM chosen AS c
JOIN verified_values AS v USING (record_id)
JOIN readings AS r USING (reading_id)
WHERE
    list_contains($fields, v.field)
    AND c.registered >= $registered_from
    AND left(c.registered, len($registered_to)) <= $registered_to
ORDER BY c.record_id, v.field
