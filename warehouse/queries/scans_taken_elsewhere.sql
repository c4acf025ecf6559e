-- Scans that an earlier batch took in.
SELECT DISTINCT scan_id
FROM scans
WHERE batch_id <> $batch_id AND reason IS NULL
