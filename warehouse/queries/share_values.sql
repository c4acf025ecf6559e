-- Where each value of a share comes from, in the share's own names and order.
SELECT
    c.row_id, v.field,
    left(sha256($key || ' page ' || r.page_id), 20) AS page_ref,
    r.box_left, r.box_top, r.box_right, r.box_bottom, r.engine, v.source,
    coalesce(e.keyings, 0)::INTEGER AS keyings,
    v.decided_at
FROM chosen AS c
JOIN verified_values AS v USING (record_id)
JOIN readings AS r USING (reading_id)
LEFT JOIN (SELECT reading_id, count(*) AS keyings FROM entries GROUP BY reading_id) AS e
    USING (reading_id)
WHERE list_contains($fields, v.field)
ORDER BY c.place, v.field
