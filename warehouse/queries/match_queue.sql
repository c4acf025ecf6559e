-- People whose match staff should look at, those first whose look is worth most.
SELECT m.record_id, m.worth, m.probability, m.flags, s.source, p.page, nullif(c.row, 0) AS row
FROM current_matches AS m
LEFT JOIN certificates AS c
    ON c.batch_id = m.batch_id
    AND c.certificate_id = regexp_replace(m.record_id, '/(male|female)$', '')
LEFT JOIN pages AS p ON p.batch_id = m.batch_id AND p.page_id = c.page_id
LEFT JOIN scans AS s ON s.scan_id = p.scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
WHERE m.batch_id = $batch_id AND m.decision = 'review'
ORDER BY m.worth DESC NULLS LAST, m.record_id
