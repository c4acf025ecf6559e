-- The decided values of verified certificates, each with the reading it came from.
SELECT
    r.record_id, f.field, f.decided_value AS value, f.reading_id,
    f.decided_source AS source, f.decided_reason AS reason, f.decided_at,
    $now::TIMESTAMPTZ AS verified_at, f.loaded_at
FROM records AS r
JOIN certificate_fields AS f
    ON f.batch_id = r.batch_id AND f.certificate_id = r.record_id
WHERE r.batch_id = $batch_id AND f.decided_value IS NOT NULL
