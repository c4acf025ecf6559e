-- The records of a share, their names in it, and their places in its own order. A registration
-- that was annulled is in no share (decision 71).
WITH dated AS (
    SELECT record_id, value
    FROM verified_values
    WHERE field = 'registration_date' AND ($registered_from <> '' OR $registered_to <> '')
)
SELECT
    r.record_id, r.kind,
    'r' || left(sha256($key || ' row ' || r.record_id), 15) AS row_id,
    row_number() OVER (
        ORDER BY
            ('0x' || left(sha256($key || ' order ' || r.record_id), 15))::BIGINT, row_id
    )::INTEGER AS turn
FROM records AS r
ANTI JOIN annulled_records USING (record_id)
LEFT JOIN dated AS d ON d.record_id = r.record_id
WHERE
    (len($batch_ids) = 0 OR list_contains($batch_ids, r.batch_id))
    AND (len($kinds) = 0 OR list_contains($kinds, r.kind))
    AND (len($eras) = 0 OR list_contains($eras, r.era))
    AND ($registered_from = '' OR d.value >= $registered_from)
    AND ($registered_to = '' OR left(d.value, len($registered_to)) <= $registered_to)
