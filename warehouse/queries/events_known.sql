-- Events with the people they concern (by way of a reissue where their own paper doesn't tell),
-- the first paper of the same registration, and whether they were annulled. An annulment noted
-- on a paper concerns the registration that the paper, or the original of a reissue, is of.
WITH told AS (
    SELECT
        r.linked_to AS event_id,
        CASE WHEN count(DISTINCT e.male_person_id) = 1 THEN any_value(e.male_person_id) END AS man,
        CASE WHEN count(DISTINCT e.female_person_id) = 1 THEN any_value(e.female_person_id) END
            AS woman
    FROM reissued AS r
    JOIN touched AS e USING (event_id)
    GROUP BY r.linked_to
),
people AS (
    SELECT
        e.event_id, e.batch_id, e.event, e.event_date, e.renewal,
        coalesce(e.male_person_id, t.man) AS man,
        coalesce(e.female_person_id, t.woman) AS woman
    FROM touched AS e
    LEFT JOIN told AS t USING (event_id)
    WHERE e.event <> 'annulment' AND NOT e.reissue
),
registered AS (
    SELECT
        *,
        CASE
            WHEN man IS NULL OR woman IS NULL OR length(event_date) < 10 THEN event_id
            ELSE min(event_id) OVER (PARTITION BY event, man, woman, event_date)
        END AS original
    FROM people
),
noted AS (
    SELECT
        a.event_id, a.batch_id, a.event, a.event_date, a.renewal,
        coalesce(o.original, p.original, a.record_id) AS original
    FROM touched AS a
    LEFT JOIN registered AS p ON p.event_id = a.record_id
    LEFT JOIN reissued AS r ON r.event_id = a.record_id
    LEFT JOIN registered AS o ON o.event_id = r.linked_to
    WHERE a.event = 'annulment'
)
SELECT
    event_id, batch_id, event, event_date, renewal, man, woman, original,
    original IN (SELECT original FROM noted) AS annulled
FROM registered
UNION ALL
SELECT event_id, batch_id, event, event_date, renewal, NULL, NULL, original, false
FROM noted
