-- The verified records of a batch as `couples` has them, looking at the values of these alone.
WITH of_batch AS (FROM records WHERE batch_id = $batch_id),
present AS (
    SELECT v.record_id, v.field, v.value, v.source
    FROM record_values AS v
    JOIN of_batch USING (record_id)
    QUALIFY row_number() OVER (
        PARTITION BY v.record_id, v.field
        ORDER BY
            list_position(['inherited', 'policy', 'consensus', 'arbitration', 'staff'], v.source)
                DESC,
            v.decided_at DESC
    ) = 1
),
wide AS (
    SELECT
        record_id,
        any_value(value) FILTER (field = 'certificate_number') AS certificate_number,
        any_value(value) FILTER (field = 'registration_date') AS registration_date,
        any_value(value) FILTER (field = 'office') AS office,
        any_value(value) FILTER (field = 'remark') AS remark,
        any_value(value) FILTER (field = 'male.name') AS male_name,
        any_value(value) FILTER (field = 'male.birth_date') AS male_birth_date,
        any_value(value) FILTER (field = 'male.age') AS male_age,
        any_value(value) FILTER (field = 'male.id_number') AS male_id_number,
        any_value(value) FILTER (field = 'male.address') AS male_address,
        any_value(value) FILTER (field = 'female.name') AS female_name,
        any_value(value) FILTER (field = 'female.birth_date') AS female_birth_date,
        any_value(value) FILTER (field = 'female.age') AS female_age,
        any_value(value) FILTER (field = 'female.id_number') AS female_id_number,
        any_value(value) FILTER (field = 'female.address') AS female_address,
        bool_and(source = 'policy') AS machine_alone
    FROM present
    GROUP BY record_id
),
people AS (
    SELECT
        regexp_replace(record_id, '/(male|female)$', '') AS record_id,
        any_value(person_id) FILTER (record_id LIKE '%/male') AS male_person_id,
        any_value(person_id) FILTER (record_id LIKE '%/female') AS female_person_id
    FROM current_matches
    WHERE batch_id = $batch_id AND decision = 'match'
    GROUP BY ALL
)
SELECT
    r.record_id, r.batch_id, r.page_id, r.row, r.kind, r.era,
    CASE
        WHEN r.kind LIKE 'divorce%' OR regexp_matches(w.certificate_number, '^B?L[0-9]|离|離')
            THEN 'divorce'
        ELSE 'marriage'
    END AS event,
    regexp_matches(w.certificate_number, '^B[JL][0-9]|补|補') AS reissue,
    w.* EXCLUDE (record_id),
    p.male_person_id, p.female_person_id,
    r.verified_at
FROM of_batch AS r
JOIN wide AS w USING (record_id)
LEFT JOIN people AS p USING (record_id)
ORDER BY r.record_id
