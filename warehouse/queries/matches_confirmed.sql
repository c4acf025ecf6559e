-- What officers have confirmed, as it stands.
SELECT batch_id, record_id, person_id
FROM current_matches
WHERE decided_by IS NOT NULL
ORDER BY batch_id, record_id
