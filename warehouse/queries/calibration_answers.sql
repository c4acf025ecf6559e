-- Every field drawn for calibration, what the reader said of it, and what people did.
WITH people AS (
    SELECT reading_id, value
    FROM decisions
    WHERE source IN ('consensus', 'arbitration', 'staff')
    QUALIFY row_number() OVER (
        PARTITION BY reading_id
        ORDER BY list_position(['consensus', 'arbitration', 'staff'], source) DESC, decided_at DESC
    ) = 1
)
SELECT
    s.batch_id, s.reading_id, s.part, s.era, s.hand, s.reader, p.scan_id, p.page,
    r.row, r.field, r.text, r.value, r.confidence, r.flags, r.evidence,
    d.value AS keyed, c.outcome
FROM calibration_samples AS s
JOIN readings AS r USING (reading_id)
JOIN pages AS p USING (page_id)
LEFT JOIN people AS d USING (reading_id)
LEFT JOIN current_consensus AS c ON c.batch_id = s.batch_id AND c.reading_id = s.reading_id
ORDER BY s.reading_id
