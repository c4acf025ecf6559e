-- Which records rows of a share are, of those in `incoming`.
SELECT row_id, record_id
FROM share_rows
SEMI JOIN incoming USING (row_id)
WHERE share_id = $share_id
