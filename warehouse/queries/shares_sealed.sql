-- Every share that was sealed.
SELECT share_id, file
FROM shares
ORDER BY shared_at, share_id
