-- Every list that came, with what was answered.
SELECT
    c.*,
    coalesce(a.matches, 0) AS matches, coalesce(a.possible, 0) AS possible,
    s.file AS answered_with
FROM comparisons AS c
LEFT JOIN (
    SELECT
        comparison_id,
        count(DISTINCT place) FILTER (answer = 'match') AS matches,
        count(DISTINCT place) FILTER (answer = 'possible') AS possible
    FROM comparison_answers
    GROUP BY comparison_id
) AS a USING (comparison_id)
LEFT JOIN shares AS s ON s.share_id = 'C-' || c.comparison_id
ORDER BY c.received_at, c.comparison_id
