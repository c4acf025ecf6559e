-- What the register says differently of the people of the chosen records, for its own department:
-- what the archive's paper says, where it stands, and since when it was known.
SELECT
    d.record_id, d.field, d.archive_value, d.register_value, d.person_id, d.note, d.noted_at,
    r.batch_id, r.kind, e.certificate_number, e.event_date, p.page, s.source AS scan
FROM present_differences AS d
JOIN records AS r ON r.record_id = regexp_replace(d.record_id, '/(male|female)$', '')
JOIN pages AS p USING (page_id)
LEFT JOIN present_events AS e ON e.event_id = r.record_id
LEFT JOIN scans AS s
    ON s.scan_id = p.scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
WHERE
    (len($batch_ids) = 0 OR list_contains($batch_ids, r.batch_id))
    AND (len($kinds) = 0 OR list_contains($kinds, r.kind))
    AND (len($eras) = 0 OR list_contains($eras, r.era))
    AND ($registered_from = '' OR e.event_date >= $registered_from)
    AND ($registered_to = '' OR left(e.event_date, len($registered_to)) <= $registered_to)
ORDER BY r.batch_id, d.record_id, d.field
