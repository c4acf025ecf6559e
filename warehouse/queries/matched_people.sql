-- Whom the matching found, certain ones only: person of a certificate and of the register.
SELECT record_id, person_id
FROM current_matches
WHERE decision = 'match' AND person_id IS NOT NULL AND ($batch_id IS NULL OR batch_id = $batch_id)
ORDER BY record_id
