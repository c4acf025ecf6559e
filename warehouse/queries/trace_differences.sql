-- Where the register differs from a field of a person of a record.
WITH paper AS (SELECT loaded_at FROM pages WHERE page_id = split_part($record_id, '/', 1))
SELECT field, archive_value, register_value, person_id, note, noted_at
FROM (
    -- The join with one moment lets blocks of other moments be passed over.
    SELECT differences.* FROM differences JOIN paper USING (loaded_at)
    UNION ALL
    FROM differences WHERE loaded_at IS NULL
)
WHERE record_id = $record_id AND field = $field
ORDER BY noted_at
