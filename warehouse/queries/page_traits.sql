-- The pages of a batch that were read, with what their scans are like.
SELECT p.page_id, p.kind, p.dpi, p.dpi_by_text, p.colours, p.width, p.height
FROM pages AS p
WHERE p.batch_id = $batch_id AND p.status = 'read' AND p.fingerprint IS NOT NULL
ORDER BY p.page_id
