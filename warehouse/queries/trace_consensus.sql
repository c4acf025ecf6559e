-- Every weighing of a reading's keyings.
SELECT keyings, value, probability, outcome, machine_agrees, settled_at
FROM consensus
WHERE reading_id = $reading_id
ORDER BY keyings
