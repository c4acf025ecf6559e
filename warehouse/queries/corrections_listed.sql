-- The list of corrections to work off, with the present value and what was decided.
SELECT
    c.correction_id, c.item, c.share_id, c.row_id, c.record_id, c.field, c.proposed, c.ground,
    v.value AS archive_value, c.received_at, c.outcome, c.officer, c.decided_at,
    s.file AS answered_with
FROM correction_list AS c
LEFT JOIN verified_values AS v ON v.record_id = c.record_id AND v.field = c.field
LEFT JOIN shares AS s ON s.share_id = 'K-' || c.correction_id
ORDER BY c.received_at, c.correction_id, c.item
