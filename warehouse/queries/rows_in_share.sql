-- Which of the records in `incoming` a share holds.
SELECT record_id
FROM share_rows
SEMI JOIN incoming USING (record_id)
WHERE share_id = $share_id
