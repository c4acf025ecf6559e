-- Pages read, by kind of form and era.
SELECT coalesce(kind, 'other') AS kind, coalesce(era, '') AS era, count(*) AS pages
FROM pages
WHERE batch_id = $batch_id AND status = 'read'
GROUP BY ALL
ORDER BY kind, era
