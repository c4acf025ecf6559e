-- Where the register differs from a field of a person of a record.
SELECT field, archive_value, register_value, person_id, note, noted_at
FROM differences
WHERE record_id = $record_id AND field = $field
ORDER BY noted_at
