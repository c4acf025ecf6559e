-- The events that hang together with those of some batches: by a person, by both names and the
-- day, or by the paper, in their present or any earlier state, and over any number of steps.
-- What is concluded of an event rests on events that it hangs together with, and on no others.
WITH RECURSIVE keys AS MATERIALIZED (
    SELECT DISTINCT event_id, key
    FROM (
        SELECT
            event_id,
            unnest([
                'record ' || record_id,
                'person ' || male_person_id,
                'person ' || female_person_id,
                CASE
                    WHEN event <> 'annulment'
                        THEN 'names ' || male_name || '/' || female_name || '/' || event_date
                END
            ]) AS key
        FROM events
    )
    WHERE key IS NOT NULL
),
reached AS (
    SELECT DISTINCT event_id FROM events WHERE list_contains($batch_ids, batch_id)
    UNION
    SELECT other.event_id
    FROM reached
    JOIN keys AS own USING (event_id)
    JOIN keys AS other ON other.key = own.key
)
FROM reached
