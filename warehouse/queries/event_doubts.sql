-- What contradicts itself in people's lives, once an event and kind. Days are compared as far as
-- both are known: where one is known less exactly and may be the same, nothing is said. A divorce
-- whose marriage isn't in this archive contradicts nothing.
WITH standing AS (
    FROM known
    WHERE event <> 'annulment' AND event_id = original AND NOT annulled
),
turns AS (
    SELECT
        *,
        lag(event) OVER couple AS event_before,
        lead(event) OVER couple AS event_after,
        lead(event_date) OVER couple AS date_after,
        lead(event_id) OVER couple AS after
    FROM standing
    WHERE man IS NOT NULL AND woman IS NOT NULL
    WINDOW couple AS (PARTITION BY man, woman ORDER BY event_date, event DESC, event_id)
),
marriages AS (
    SELECT
        unnest([man, woman]) AS person, unnest([woman, man]) AS partner,
        event_id, event_date AS began,
        CASE WHEN event_after = 'divorce' THEN date_after END AS ended
    FROM turns
    WHERE event = 'marriage'
),
divorces AS (
    SELECT
        unnest([man, woman]) AS person, unnest([woman, man]) AS partner, event_id, event_date AS day
    FROM standing
    WHERE event = 'divorce' AND man IS NOT NULL AND woman IS NOT NULL
),
-- A person's marriage and the next one with another.
next_marriages AS (
    SELECT
        *,
        lead(began) OVER life AS next_began,
        lead(partner) OVER life AS next_partner,
        lead(event_id) OVER life AS next_id
    FROM marriages
    WINDOW life AS (PARTITION BY person ORDER BY began, event_id)
),
found AS (
    SELECT event_id, 'recorded_twice' AS broken FROM turns
    WHERE event = 'marriage' AND event_before = 'marriage'
    UNION
    SELECT event_id, 'divorced_while_divorced' FROM turns
    WHERE event = 'divorce' AND event_before = 'divorce'
    UNION
    SELECT after, 'divorce_before_marriage' FROM turns
    WHERE
        event = 'divorce' AND event_before IS NULL AND event_after = 'marriage'
        AND NOT starts_with(date_after, event_date)
        AND after NOT IN (SELECT event_id FROM known WHERE renewal)
    UNION
    SELECT d.event_id, 'divorce_of_annulled'
    FROM turns AS d
    JOIN known AS m
        ON m.man = d.man AND m.woman = d.woman AND m.event = 'marriage' AND m.annulled
        AND m.event_date <= d.event_date
    WHERE d.event = 'divorce' AND d.event_before IS NULL
    UNION
    SELECT next_id, 'end_not_seen' FROM next_marriages
    WHERE next_partner <> partner AND ended IS NULL
    UNION
    SELECT later.event_id, 'married_while_married'
    FROM marriages AS earlier
    JOIN marriages AS later USING (person)
    WHERE
        later.partner <> earlier.partner
        AND (later.began, later.event_id) > (earlier.began, earlier.event_id)
        AND earlier.ended > later.began
        AND NOT starts_with(earlier.ended, later.began)
    UNION
    SELECT d.event_id, 'divorced_from_another'
    FROM divorces AS d
    JOIN marriages AS m USING (person)
    WHERE
        m.partner <> d.partner AND m.began < d.day AND NOT starts_with(d.day, m.began)
        AND (m.ended IS NULL OR (m.ended > d.day AND NOT starts_with(m.ended, d.day)))
        AND NOT EXISTS (
            FROM marriages AS own
            WHERE own.person = d.person AND own.partner = d.partner AND own.began <= d.day
        )
)
SELECT k.event_id AS row_id, f.broken, k.batch_id
FROM found AS f
JOIN known AS k USING (event_id)
ORDER BY row_id, broken
