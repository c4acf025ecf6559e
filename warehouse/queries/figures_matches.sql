-- Outcomes of the matching, by probability of the best candidate in tenths.
SELECT
    m.decision, least(floor(m.probability * 10), 9)::INTEGER AS tenth, count(*) AS people
FROM current_matches AS m
WHERE m.batch_id = $batch_id
GROUP BY ALL
ORDER BY m.decision, tenth
