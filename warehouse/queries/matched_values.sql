-- The verified values of people whom the matching found in the register.
WITH found AS (
    SELECT
        record_id AS person, person_id,
        regexp_replace(record_id, '/(male|female)$', '') AS record_id,
        regexp_extract(record_id, '(male|female)$') AS role
    FROM current_matches
    WHERE batch_id = $batch_id AND decision = 'match'
)
SELECT
    f.person AS record_id, f.person_id, v.field, split_part(v.field, '.', 2) AS tail, v.value
FROM found AS f
JOIN verified_values AS v USING (record_id)
WHERE
    split_part(v.field, '.', 1) = f.role
    AND split_part(v.field, '.', 2) IN ('name', 'sex', 'birth_date', 'id_number')
    AND v.value <> ''
ORDER BY f.person, v.field
