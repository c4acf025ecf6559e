-- Verified values in long form: one row a field of a record.
SELECT
    v.record_id, r.batch_id, r.kind, r.era, v.field, v.value, v.source, v.reading_id,
    v.verified_at
FROM verified_values AS v
JOIN records AS r USING (record_id)
WHERE $batch_id IS NULL OR r.batch_id = $batch_id
ORDER BY v.record_id, v.field
