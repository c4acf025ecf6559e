-- Fields that the keyings settled.
SELECT
    reading_id, value,
    CASE outcome WHEN 'arbitrated' THEN 'arbitration' ELSE 'consensus' END AS source,
    outcome || ' by ' || keyings || ' keyings' AS reason,
    $now::TIMESTAMPTZ AS decided_at
FROM current_consensus
WHERE batch_id = $batch_id AND outcome IN ('agreed', 'arbitrated') AND value IS NOT NULL
