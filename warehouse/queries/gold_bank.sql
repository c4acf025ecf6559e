-- Fields that people have settled, for being keyed again by somebody else; a draw of them.
SELECT f.reading_id, f.page_id, f.row, f.field, f.tail
FROM decided_fields AS f
WHERE
    f.decided_source IN ('consensus', 'arbitration', 'staff')
    AND f.decided_value <> ''
    AND f.box_left IS NOT NULL
    AND NOT regexp_matches(coalesce(f.flags, ''), '"(carried|ditto)"')
ORDER BY hash(f.reading_id || $draw)
LIMIT $most
