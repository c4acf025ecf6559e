-- All submissions that were taken in, with the digest of each file.
SELECT submission_id, file, sha256
FROM submissions
ORDER BY file
