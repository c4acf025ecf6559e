-- Every agreed value of the records of a share, in the share's own names and order; a record
-- that has none of the agreed fields has one row without a field.
WITH chosen AS (
    SELECT
        r.record_id, r.kind,
        'r' || left(sha256($key || ' row ' || r.record_id), 15) AS row_id,
        ('0x' || left(sha256($key || ' order ' || r.record_id), 15))::BIGINT AS place
    FROM records AS r
    LEFT JOIN verified_values AS v ON v.record_id = r.record_id AND v.field = 'registration_date'
    WHERE
        (len($batch_ids) = 0 OR list_contains($batch_ids, r.batch_id))
        AND (len($kinds) = 0 OR list_contains($kinds, r.kind))
        AND (len($eras) = 0 OR list_contains($eras, r.era))
        AND ($registered_from = '' OR v.value >= $registered_from)
        AND ($registered_to = '' OR left(v.value, len($registered_to)) <= $registered_to)
),
keyed AS (
    SELECT e.reading_id, count(*)::INTEGER AS keyings
    FROM entries AS e
    LEFT JOIN work_items AS w USING (item_id)
    WHERE coalesce(w.purpose, '') NOT IN ('gold', 'canary')
    GROUP BY e.reading_id
),
found AS (
    SELECT
        v.record_id, v.field, v.value, v.source, v.decided_at,
        left(sha256($key || ' page ' || r.page_id), 20) AS page_ref,
        r.box_left, r.box_top, r.box_right, r.box_bottom, r.engine, r.confidence,
        coalesce(k.keyings, 0) AS keyings
    FROM verified_values AS v
    SEMI JOIN chosen USING (record_id)
    JOIN readings AS r USING (reading_id)
    LEFT JOIN keyed AS k USING (reading_id)
    WHERE list_contains($fields, v.field)
)
SELECT c.record_id, c.kind, c.row_id, c.place, f.* EXCLUDE (record_id)
FROM chosen AS c
LEFT JOIN found AS f USING (record_id)
