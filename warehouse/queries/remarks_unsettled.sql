-- Verified records of a batch whose remark was read to touch on an annulment and isn't settled.
SELECT r.record_id
FROM records AS r
JOIN certificate_fields AS f ON f.batch_id = r.batch_id AND f.certificate_id = r.record_id
WHERE
    r.batch_id = $batch_id AND f.batch_id = $batch_id AND f.field = 'remark'
    AND f.decided_value IS NULL AND regexp_matches(f.text || f.value, '撤[销銷]|[无無]效')
ORDER BY r.record_id
