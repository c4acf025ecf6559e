-- One row per person of each certificate, as the matching takes them.
-- What is decided stands for what was read; a human decision leaves no alternatives. Where
-- the paper gives an age, the birth date is the year it implies.
WITH present AS (
    SELECT
        certificate_id, kind, field, tail,
        nullif(coalesce(decided_value, value), '') AS value,
        CASE
            WHEN decided_source IS NULL OR decided_source = 'policy'
                THEN to_json(tail) || ':' || alternatives
        END AS doubt
    FROM certificate_fields
    WHERE batch_id = $batch_id
),
couple AS (
    SELECT
        certificate_id,
        any_value(value) AS registration_date,
        any_value(doubt) AS doubt
    FROM present
    WHERE field = 'registration_date'
    GROUP BY certificate_id
),
party AS (
    SELECT
        certificate_id,
        split_part(field, '.', 1) AS role,
        any_value(kind) AS kind,
        any_value(value) FILTER (tail = 'name') AS name,
        any_value(value) FILTER (tail = 'sex') AS sex,
        any_value(value) FILTER (tail = 'birth_date') AS birth_date,
        any_value(value) FILTER (tail = 'age') AS age,
        any_value(value) FILTER (tail = 'id_number') AS id_number,
        any_value(value) FILTER (tail = 'address') AS address,
        string_agg(doubt, ',' ORDER BY tail) FILTER (
            tail IN ('name', 'birth_date', 'id_number')
        ) AS doubt
    FROM present
    WHERE starts_with(field, 'male.') OR starts_with(field, 'female.')
    GROUP BY ALL
)
SELECT
    p.certificate_id || '/' || p.role AS record_id,
    p.certificate_id,
    p.role,
    p.name,
    coalesce(p.sex, p.role) AS sex,
    coalesce(
        p.birth_date,
        (try_cast(left(c.registration_date, 4) AS INTEGER)
            - try_cast(p.age AS INTEGER))::VARCHAR
    ) AS birth_date,
    p.id_number,
    p.address,
    c.registration_date,
    p.kind,
    '{' || nullif(concat_ws(',', p.doubt, c.doubt), '') || '}' AS alternatives
FROM party AS p
LEFT JOIN couple AS c USING (certificate_id)
WHERE p.name IS NOT NULL
ORDER BY record_id
