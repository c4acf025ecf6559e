-- What the register says differently of the people of a batch, for the source department.
SELECT d.record_id, d.field, d.archive_value, d.register_value, d.person_id, d.note, d.noted_at
FROM differences AS d
JOIN certificates AS c
    ON c.certificate_id = regexp_replace(d.record_id, '/(male|female)$', '')
WHERE c.batch_id = $batch_id
ORDER BY d.record_id, d.field
