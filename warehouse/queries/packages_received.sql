-- Packages of a batch for which a submission was received.
SELECT DISTINCT s.package_id
FROM submissions AS s
JOIN packages AS p USING (package_id)
WHERE p.batch_id = $batch_id
