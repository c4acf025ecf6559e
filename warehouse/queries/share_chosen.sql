-- The verified records that a share may hold, with their order and number in that share alone.
-- Who knows the key can tell the share by either; who doesn't learns nothing from them.
SELECT
    r.record_id, r.kind,
    'r' || left(sha256($key || ' row ' || r.record_id), 15) AS row_id,
    sha256($key || ' order ' || r.record_id) AS place
FROM records AS r
LEFT JOIN verified_values AS v ON v.record_id = r.record_id AND v.field = 'registration_date'
WHERE
    (len($batch_ids) = 0 OR list_contains($batch_ids, r.batch_id))
    AND (len($kinds) = 0 OR list_contains($kinds, r.kind))
    AND (len($eras) = 0 OR list_contains($eras, r.era))
    AND ($registered_from = '' OR v.value >= $registered_from)
    AND ($registered_to = '' OR left(v.value, len($registered_to)) <= $registered_to)
