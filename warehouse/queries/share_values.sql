-- Where each value of a share comes from; `given` is what `share_given` found.
SELECT
    row_id, field, page_ref, box_left, box_top, box_right, box_bottom, engine, source, keyings,
    decided_at
FROM given
WHERE field IS NOT NULL
ORDER BY place, row_id, field
