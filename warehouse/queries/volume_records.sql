-- Verified records of a batch with what their volume's code is made of, in the order of their
-- registration; `archive_code` is that of a volume which the record, or another paper of the
-- same event of the same couple, is in already.
WITH stamps AS (
    SELECT
        record_id,
        any_value(value) FILTER (field = 'stamp.fonds') AS stamp_fonds,
        any_value(value) FILTER (field = 'stamp.year') AS stamp_year,
        any_value(value) FILTER (field = 'stamp.office_volume') AS stamp_office_volume,
        any_value(value) FILTER (field = 'stamp.archive_volume') AS stamp_archive_volume,
        any_value(value) FILTER (field = 'stamp.pages') AS stamp_pages
    FROM verified_values
    WHERE starts_with(field, 'stamp.')
    GROUP BY record_id
),
of_couples AS (
    SELECT
        c.event, c.certificate_number, c.registration_date, c.male_name, c.female_name,
        min(v.archive_code) AS archive_code
    FROM volume_records AS v
    JOIN couples AS c USING (record_id)
    WHERE c.row = 0
    GROUP BY ALL
)
SELECT
    c.record_id, c.page_id, c.row, c.kind, c.event, coalesce(c.reissue, false) AS reissue,
    c.certificate_number, c.registration_date, c.office, c.male_name, c.female_name,
    p.scan_id, p.page,
    s.stamp_fonds, s.stamp_year, s.stamp_office_volume, s.stamp_archive_volume, s.stamp_pages,
    coalesce(v.archive_code, o.archive_code) AS archive_code
FROM couples AS c
JOIN pages AS p USING (page_id)
LEFT JOIN stamps AS s USING (record_id)
LEFT JOIN volume_records AS v USING (record_id)
LEFT JOIN of_couples AS o
    ON c.row = 0 AND o.event = c.event AND o.certificate_number = c.certificate_number
    AND o.registration_date = c.registration_date
    AND o.male_name = c.male_name AND o.female_name = c.female_name
WHERE c.batch_id = $batch_id
ORDER BY c.registration_date, c.certificate_number, c.record_id
