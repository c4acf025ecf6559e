-- What a list is answered with.
SELECT place, ref, answer, told
FROM comparison_answers
WHERE comparison_id = $comparison_id
ORDER BY place, record_id
