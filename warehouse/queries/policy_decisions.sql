-- What a policy accepts: the reader recommends it, it is certain enough, and neither its
-- era nor its kind of field is one that the policy leaves to people. What was typed into a
-- file is no handwriting, whatever its era.
SELECT
    reading_id, value, 'policy' AS source, $policy AS reason, $now::TIMESTAMPTZ AS decided_at,
    loaded_at
FROM fields
WHERE
    batch_id = $batch_id
    AND decision = 'accept'
    AND confidence >= $floor
    AND (engine = 'text-layer' OR NOT list_contains($eras_to_key, coalesce(era, '')))
    AND NOT list_contains($tails_to_key, tail)
