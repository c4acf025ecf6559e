-- How the events hang together. A divorce ends the marriage of the couple that stands before it,
-- a marriage after their divorce renews it (复婚).
WITH turns AS (
    SELECT
        event_id, event,
        lag(event) OVER couple AS event_before,
        lag(event_id) OVER couple AS before
    FROM known
    WHERE
        event <> 'annulment' AND event_id = original AND NOT annulled
        AND man IS NOT NULL AND woman IS NOT NULL
    WINDOW couple AS (PARTITION BY man, woman ORDER BY event_date, event DESC, event_id)
)
SELECT event_id, linked_to, 'reissue_of' AS relation, basis FROM reissued
UNION ALL
SELECT event_id, original, 'same_event', 'people' FROM known
WHERE event <> 'annulment' AND event_id <> original
UNION ALL
SELECT event_id, original, 'annuls', 'note' FROM known WHERE event = 'annulment'
UNION ALL
SELECT event_id, before, 'ends', 'people' FROM turns
WHERE event = 'divorce' AND event_before = 'marriage'
UNION ALL
SELECT event_id, before, 'renews', 'people' FROM turns
WHERE event = 'marriage' AND event_before = 'divorce'
