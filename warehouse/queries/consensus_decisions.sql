-- Fields that the keyings settled.
SELECT
    c.reading_id, c.value,
    CASE outcome WHEN 'arbitrated' THEN 'arbitration' ELSE 'consensus' END AS source,
    outcome || ' by ' || keyings || ' keyings' AS reason,
    $now::TIMESTAMPTZ AS decided_at,
    r.loaded_at, NULL::INTEGER AS turn
FROM current_consensus AS c
JOIN readings AS r USING (reading_id)
WHERE c.batch_id = $batch_id AND c.outcome IN ('agreed', 'arbitrated') AND c.value IS NOT NULL
