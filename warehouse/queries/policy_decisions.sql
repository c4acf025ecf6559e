-- What a policy accepts: the reader recommends it, it is certain enough, and neither its
-- era nor its kind of field is one that the policy leaves to people. An audit may open an era
-- and hand, or close it. What was typed into a file is no handwriting, whatever its era.
WITH rated AS (
    SELECT f.*, coalesce(f.era, '') AS of_era, coalesce(f.era, '') || '/' || coalesce(p.hand, '') AS stratum
    FROM fields AS f
    JOIN pages AS p USING (page_id)
    WHERE f.batch_id = $batch_id
)
SELECT
    reading_id, value, 'policy' AS source, $policy AS reason, $now::TIMESTAMPTZ AS decided_at,
    loaded_at, NULL::INTEGER AS turn
FROM rated
WHERE
    decision = 'accept'
    AND confidence >= $floor
    AND (
        engine = 'text-layer'
        OR list_contains($opened, stratum)
        OR (NOT list_contains($eras_to_key, of_era) AND NOT list_contains($closed, stratum))
    )
    AND NOT list_contains($tails_to_key, tail)
