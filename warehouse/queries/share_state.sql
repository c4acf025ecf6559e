-- What is verified of a batch, and since when: the state that a share would show.
SELECT
    count(DISTINCT v.record_id) AS records, count(*) AS entries, max(v.verified_at) AS as_of
FROM verified_values AS v
JOIN records AS r USING (record_id)
WHERE r.batch_id = $batch_id
