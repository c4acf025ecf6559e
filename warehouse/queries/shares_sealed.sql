-- Everything that was sealed for departments: shares and answers.
SELECT share_id, agreement_id, fields, records, file, sha256
FROM shares
ORDER BY shared_at, share_id
