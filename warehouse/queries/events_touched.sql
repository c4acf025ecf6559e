-- The present state of the events that were reached.
SELECT e.* EXCLUDE (stands, turn)
FROM events AS e
JOIN reached USING (event_id)
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY turn DESC) = 1 AND stands
