-- One field of a certificate, with its decision when it has one; the reading is null where
-- the field was not found on the page.
SELECT
    c.batch_id, c.page_id, c.row, f.reading_id, f.decided_source, p.loaded_at
FROM certificates AS c
JOIN pages AS p USING (page_id)
LEFT JOIN certificate_fields AS f
    ON f.batch_id = c.batch_id AND f.certificate_id = c.certificate_id AND f.field = $field
WHERE c.certificate_id = $record_id
