-- Fields of a batch that nobody has decided, and what each of them waits for; and fields
-- that a record can't do without but that were not found on the page.
WITH under_way AS (
    SELECT DISTINCT w.reading_id
    FROM work_items AS w
    WHERE w.batch_id = $batch_id AND w.item_id NOT IN (SELECT e.item_id FROM entries AS e)
),
open AS (
    SELECT
        f.certificate_id AS record_id, f.field, f.page_id, f.row,
        CASE
            WHEN f.reading_id IN (SELECT u.reading_id FROM under_way AS u) THEN 'being_keyed'
            WHEN c.outcome = 'third_keying' THEN 'third_keying'
            WHEN c.outcome = 'unresolved' THEN 'keyings_differ'
            WHEN contains(coalesce(f.flags, ''), '"carried"') THEN 'row_above'
            WHEN f.box_left IS NULL THEN 'no_picture'
            ELSE 'to_release'
        END AS waits_for
    FROM certificate_fields AS f
    LEFT JOIN current_consensus AS c
        ON c.batch_id = f.batch_id AND c.reading_id = f.reading_id
    WHERE f.batch_id = $batch_id AND f.decided_value IS NULL
    UNION ALL
    SELECT c.certificate_id, n.field, c.page_id, c.row, 'not_found'
    FROM certificates AS c
    CROSS JOIN unnest($required) AS n (field)
    WHERE
        c.batch_id = $batch_id
        AND NOT EXISTS (
            FROM certificate_fields AS f
            WHERE
                f.batch_id = c.batch_id
                AND f.certificate_id = c.certificate_id
                AND f.field = n.field
        )
)
SELECT o.record_id, o.field, o.waits_for, s.source, p.page, nullif(o.row, 0) AS row
FROM open AS o
JOIN pages AS p USING (page_id)
JOIN scans AS s ON s.scan_id = p.scan_id AND s.batch_id = p.batch_id AND s.reason IS NULL
ORDER BY s.source, p.page, o.row, o.field
