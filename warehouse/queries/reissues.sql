-- Reissues with the one original that they can mean: both people are the same by the register, or
-- both names and the day of registration are, which a reissue repeats. Where several originals
-- of one couple fit, the day decides, and without it none is linked.
WITH pairs AS (
    SELECT
        r.event_id, o.event_id AS linked_to, 'people' AS basis,
        r.event_date = o.event_date AS same_day
    FROM touched AS r
    JOIN touched AS o
        ON o.event = r.event AND o.male_person_id = r.male_person_id
        AND o.female_person_id = r.female_person_id
    WHERE r.reissue AND NOT o.reissue
    UNION ALL
    SELECT r.event_id, o.event_id, 'names_and_date', true
    FROM touched AS r
    JOIN touched AS o
        ON o.event = r.event AND o.male_name = r.male_name AND o.female_name = r.female_name
        AND o.event_date = r.event_date
    WHERE
        r.reissue AND NOT o.reissue AND length(r.event_date) = 10
        AND coalesce(r.male_person_id = o.male_person_id, true)
        AND coalesce(r.female_person_id = o.female_person_id, true)
        AND coalesce(
            r.male_person_id <> o.male_person_id OR r.female_person_id <> o.female_person_id, true
        )
),
-- A certificate and the ledger's row of one registration are one original; the first stands for it.
papers AS (
    SELECT
        p.*,
        min(p.linked_to) OVER registration AS first_paper,
        coalesce(min(o.male_person_id) OVER registration = max(o.male_person_id) OVER registration, true)
            AND coalesce(
                min(o.female_person_id) OVER registration = max(o.female_person_id) OVER registration,
                true
            ) AS one_couple
    FROM pairs AS p
    JOIN touched AS o ON o.event_id = p.linked_to
    WINDOW registration AS (PARTITION BY p.event_id, o.event_date)
),
originals AS (SELECT * FROM papers WHERE linked_to = first_paper OR NOT one_couple)
SELECT event_id, linked_to, basis
FROM originals
QUALIFY
    count(*) OVER (PARTITION BY event_id) = 1
    OR (same_day AND count(*) FILTER (same_day) OVER (PARTITION BY event_id) = 1)
