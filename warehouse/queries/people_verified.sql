-- Everybody on a verified record, as an index of people knows them: a row for each record.
WITH wide AS (
    SELECT
        record_id,
        any_value(value) FILTER (field = 'male.name') AS male_name,
        any_value(value) FILTER (field = 'male.birth_date') AS male_birth_date,
        any_value(value) FILTER (field = 'male.id_number') AS male_id_number,
        any_value(value) FILTER (field = 'female.name') AS female_name,
        any_value(value) FILTER (field = 'female.birth_date') AS female_birth_date,
        any_value(value) FILTER (field = 'female.id_number') AS female_id_number
    FROM verified_values
    WHERE field IN (
        'male.name', 'male.birth_date', 'male.id_number',
        'female.name', 'female.birth_date', 'female.id_number'
    )
    GROUP BY record_id
),
people AS (
    SELECT
        record_id || '/male' AS person_id, male_name AS name, 'male' AS sex,
        male_birth_date AS birth_date, male_id_number AS id_number
    FROM wide
    UNION ALL
    SELECT
        record_id || '/female', female_name, 'female', female_birth_date, female_id_number
    FROM wide
)
SELECT
    person_id, name, sex, nullif(birth_date, '') AS birth_date, nullif(id_number, '') AS id_number,
    NULL::VARCHAR AS former_name, NULL::VARCHAR AS address, NULL::VARCHAR AS spouse_id
FROM people
WHERE name <> ''
