-- Certificates whose key fields are all decided: those that every certificate must have,
-- and those others that stand on this form.
SELECT
    c.certificate_id AS record_id, c.batch_id, c.page_id, c.row, c.kind, c.era,
    $now::TIMESTAMPTZ AS verified_at
FROM certificates AS c
JOIN certificate_fields AS f USING (batch_id, certificate_id)
WHERE c.batch_id = $batch_id
GROUP BY ALL
HAVING
    bool_and(f.decided_value IS NOT NULL) FILTER (list_contains($key_tails, f.tail))
    AND count(*) FILTER (list_contains($required, f.field) AND f.decided_value <> '')
        = len($required)
