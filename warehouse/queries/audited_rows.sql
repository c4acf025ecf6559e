-- What the audit log must speak of: the kind of thing, its id, its file's hash, how many rows.
SELECT
    'batch' AS kind, b.batch_id AS id, NULL::VARCHAR AS sha256,
    (SELECT count(*) FROM scans AS s WHERE s.batch_id = b.batch_id) AS rows
FROM batches AS b
UNION ALL
SELECT DISTINCT 'chunk', chunk_id, NULL, NULL FROM steps WHERE step = 'load' AND state = 'done'
UNION ALL
SELECT 'readings', p.batch_id, NULL, count(*) FROM readings JOIN pages AS p USING (page_id)
GROUP BY p.batch_id
UNION ALL
SELECT
    'package', p.package_id, p.sha256,
    (SELECT count(*) FROM work_items AS w WHERE w.package_id = p.package_id)
FROM packages AS p
UNION ALL
SELECT
    'submission', s.submission_id, s.sha256,
    (SELECT count(*) FROM entries AS e WHERE e.submission_id = s.submission_id)
FROM submissions AS s
UNION ALL
SELECT
    'share', s.share_id, s.sha256,
    (SELECT count(*) FROM share_rows AS r WHERE r.share_id = s.share_id)
FROM shares AS s
UNION ALL
SELECT
    'comparison', c.comparison_id, c.sha256,
    (SELECT count(*) FROM comparison_answers AS a WHERE a.comparison_id = c.comparison_id)
FROM comparisons AS c
UNION ALL
SELECT 'receipt', receipt_id, NULL, NULL FROM receipts
UNION ALL
SELECT 'correction', correction_id, NULL, count(*) FROM corrections GROUP BY correction_id
UNION ALL
SELECT 'correction-decisions', correction_id, NULL, count(*)
FROM correction_decisions GROUP BY correction_id
UNION ALL
SELECT 'volumes', batch_id, NULL, count(*) FROM volumes GROUP BY batch_id
UNION ALL
SELECT 'volume-records', r.batch_id, NULL, count(*)
FROM volume_records JOIN records AS r USING (record_id)
GROUP BY r.batch_id
UNION ALL
SELECT 'handover', manifest_sha256, manifest_sha256, count(*)
FROM handovers GROUP BY manifest_sha256
UNION ALL
SELECT 'page-notes', batch_id, NULL, count(*) FROM page_notes GROUP BY batch_id
UNION ALL
SELECT 'calibration', batch_id, NULL, count(*) FROM calibration_samples GROUP BY batch_id
UNION ALL
SELECT 'joining', package_id, NULL, count(*) FROM joining_risks GROUP BY package_id
UNION ALL
SELECT 'model', version, NULL, NULL FROM match_models
UNION ALL
SELECT DISTINCT 'lot', lot_id || '/' || outcome, NULL, NULL FROM lots
UNION ALL
SELECT 'decisions', p.batch_id, NULL, count(*)
FROM decisions JOIN readings USING (reading_id) JOIN pages AS p USING (page_id)
GROUP BY p.batch_id
UNION ALL
SELECT 'matches', batch_id, NULL, count(*) FROM matches GROUP BY batch_id
UNION ALL
SELECT 'differences', r.batch_id, NULL, count(*)
FROM differences AS d
JOIN records AS r ON r.record_id = regexp_replace(d.record_id, '/(male|female)$', '')
GROUP BY r.batch_id
UNION ALL
SELECT 'consensus', batch_id, NULL, count(*) FROM consensus GROUP BY batch_id
UNION ALL
SELECT 'records', batch_id, NULL, count(*) FROM records GROUP BY batch_id
UNION ALL
SELECT 'values', r.batch_id, NULL, count(*)
FROM record_values JOIN records AS r USING (record_id)
GROUP BY r.batch_id
ORDER BY kind, id
