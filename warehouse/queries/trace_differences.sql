-- Where the register differs from a field of a person of a record; those withdrawn are left out.
WITH mine AS MATERIALIZED (
    FROM differences WHERE loaded_at = $loaded_at
    UNION ALL
    FROM differences WHERE loaded_at IS NULL AND record_id = $record_id
)
SELECT field, archive_value, register_value, person_id, note, noted_at
FROM mine
WHERE record_id = $record_id AND field = $field
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY turn DESC NULLS LAST) = 1
    AND coalesce(stands, true)
ORDER BY noted_at
