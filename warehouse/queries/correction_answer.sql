-- What a department's corrections are answered with; values of those that were misread alone.
SELECT
    c.item, c.row_id, c.field, c.outcome, c.decided_at, c.share_id, s.agreement_id,
    CASE WHEN c.outcome = 'corrected' THEN v.value ELSE '' END AS value
FROM correction_list AS c
JOIN shares AS s USING (share_id)
LEFT JOIN verified_values AS v ON v.record_id = c.record_id AND v.field = c.field
WHERE c.correction_id = $correction_id
ORDER BY c.item
