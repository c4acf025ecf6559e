-- The shares whose rows the warehouse knows.
SELECT share_id, department
FROM shares
SEMI JOIN share_rows USING (share_id)
ORDER BY share_id
