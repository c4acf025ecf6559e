-- The sealed files of a batch, in the order they were written or received.
SELECT 'package' AS kind, file, sha256, bytes, items, agreement_id, sealed_at AS written_at
FROM packages
WHERE batch_id = $batch_id
UNION ALL
SELECT 'submission', s.file, s.sha256, NULL, s.entries, p.agreement_id, s.received_at
FROM submissions AS s
JOIN packages AS p USING (package_id)
WHERE p.batch_id = $batch_id
UNION ALL
SELECT DISTINCT 'share', s.file, s.sha256, s.bytes, s.records, s.agreement_id, s.shared_at
FROM shares AS s
JOIN share_rows AS l USING (share_id)
JOIN records AS r USING (record_id)
WHERE r.batch_id = $batch_id
ORDER BY written_at, file
