-- Files of all submissions that were taken in.
SELECT file
FROM submissions
ORDER BY file
