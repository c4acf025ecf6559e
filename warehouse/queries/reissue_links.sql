-- Reissues with the one original that they can mean: both people are the same by the register, or
-- both names and the day of registration are, which a reissue repeats. Where several originals
-- of one couple fit, the day decides, and without it none is linked.
WITH pairs AS (
    SELECT
        r.record_id, o.record_id AS linked_to,
        CASE
            WHEN r.male_person_id = o.male_person_id AND r.female_person_id = o.female_person_id
                THEN 'people'
            ELSE 'names_and_date'
        END AS basis,
        r.registration_date = o.registration_date AS same_day
    FROM couples AS r
    JOIN couples AS o ON o.event = r.event AND NOT o.reissue
    WHERE
        r.reissue
        AND (
            (r.male_person_id = o.male_person_id AND r.female_person_id = o.female_person_id)
            OR (
                r.male_name = o.male_name AND r.female_name = o.female_name
                AND r.registration_date = o.registration_date
                AND length(r.registration_date) = 10
                AND coalesce(r.male_person_id = o.male_person_id, true)
                AND coalesce(r.female_person_id = o.female_person_id, true)
            )
        )
)
SELECT record_id, linked_to, 'reissue_of' AS relation, basis, $now::TIMESTAMPTZ AS linked_at
FROM pairs
QUALIFY
    count(*) OVER (PARTITION BY record_id) = 1
    OR (same_day AND count(*) FILTER (same_day) OVER (PARTITION BY record_id) = 1)
