-- Every agreed value of the records of a share, by the record's place in the share's own order
-- (`turn`) and the field's among the agreed ones (`spot`). Places are numbers, so that nothing
-- later is joined or sorted by long names. Most values were settled once: only of those that were
-- settled again is the present one looked for.
WITH doubled AS MATERIALIZED (
    SELECT hash(record_id, field) AS place
    FROM record_values
    WHERE list_contains($fields, field)
    GROUP BY place
    HAVING count(*) > 1
),
told AS (
    SELECT
        c.turn, list_position($fields, v.field)::SMALLINT AS spot,
        v.value, v.source, v.decided_at, v.reading_id, hash(v.record_id, v.field) AS place
    FROM record_values AS v
    JOIN chosen AS c USING (record_id)
    WHERE list_contains($fields, v.field)
),
present AS (
    SELECT * FROM told ANTI JOIN doubled USING (place)
    UNION ALL
    SELECT * FROM (SELECT * FROM told SEMI JOIN doubled USING (place))
    QUALIFY row_number() OVER (
        PARTITION BY turn, spot
        ORDER BY
            list_position(['inherited', 'policy', 'consensus', 'arbitration', 'staff'], source)
                DESC,
            decided_at DESC
    ) = 1
),
keyed AS (
    SELECT e.reading_id, count(*)::INTEGER AS keyings
    FROM entries AS e
    LEFT JOIN work_items AS w USING (item_id)
    WHERE coalesce(w.purpose, '') NOT IN ('gold', 'canary')
    GROUP BY e.reading_id
)
SELECT
    v.turn, v.spot, v.value, v.source, v.decided_at,
    left(sha256($key || ' page ' || r.page_id), 20) AS page_ref,
    r.box_left, r.box_top, r.box_right, r.box_bottom, r.engine, r.confidence,
    coalesce(k.keyings, 0) AS keyings
FROM present AS v
JOIN readings AS r USING (reading_id)
LEFT JOIN keyed AS k USING (reading_id)
