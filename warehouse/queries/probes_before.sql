-- How often each of the probes in `incoming` was asked by this department since a day.
SELECT p.probe, sum(p.asked)::BIGINT AS asked
FROM comparison_probes AS p
JOIN comparisons AS c USING (comparison_id)
SEMI JOIN incoming AS i ON i.probe = p.probe
WHERE c.department = $department AND c.received_at >= $since AND c.comparison_id <> $comparison_id
GROUP BY p.probe
