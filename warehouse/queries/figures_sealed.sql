-- The sealed files of a batch, in the order they were written or received. A list and its
-- answer belong to each batch of whose records they tell; a receipt has no digest of its own.
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
UNION ALL
SELECT DISTINCT 'receipt', t.file, NULL, NULL, t.records, s.agreement_id, t.received_at
FROM receipts AS t
JOIN shares AS s USING (share_id)
JOIN share_rows AS l USING (share_id)
JOIN records AS r USING (record_id)
WHERE r.batch_id = $batch_id
UNION ALL
SELECT DISTINCT 'comparison', c.file, c.sha256, NULL, c.people, c.agreement_id, c.received_at
FROM comparisons AS c
JOIN comparison_answers AS a USING (comparison_id)
JOIN records AS r USING (record_id)
WHERE r.batch_id = $batch_id
UNION ALL
SELECT DISTINCT 'answer', s.file, s.sha256, s.bytes, s.records, s.agreement_id, s.shared_at
FROM shares AS s
JOIN comparison_answers AS a ON s.share_id = 'C-' || a.comparison_id
JOIN records AS r USING (record_id)
WHERE r.batch_id = $batch_id
ORDER BY written_at, file
