-- Every field of a batch with its reading and, where there is one, its decision.
SELECT
    reading_id, page_id, row, field, tail, kind, era, text, value, confidence, decision, engine,
    decided_value, decided_source, decided_reason, decided_at
FROM decided_fields
WHERE batch_id = $batch_id
ORDER BY page_id, row, field
