-- Where each value of some rows of a share comes from, in the share's order; `given` is what
-- `share_given` found, `chosen` the rows.
SELECT
    c.row_id, g.field, page_ref, box_left, box_top, box_right, box_bottom, engine, source, keyings,
    decided_at
FROM (
    SELECT *, list_extract($fields, spot) AS field FROM given WHERE turn BETWEEN $first AND $last
) AS g
JOIN chosen AS c USING (turn)
ORDER BY turn, g.field
