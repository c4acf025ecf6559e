-- Views for analysts: a row a record, a column a field; text as settled of the paper.

CREATE VIEW couples AS
WITH wide AS (
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
    FROM verified_values
    GROUP BY record_id
),
people AS (
    SELECT
        regexp_replace(record_id, '/(male|female)$', '') AS record_id,
        any_value(person_id) FILTER (record_id LIKE '%/male') AS male_person_id,
        any_value(person_id) FILTER (record_id LIKE '%/female') AS female_person_id
    FROM current_matches
    WHERE decision = 'match'
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
FROM records AS r
JOIN wide AS w USING (record_id)
LEFT JOIN people AS p USING (record_id);
COMMENT ON VIEW couples IS '核定记录，一件一行：双方、字号、日期，及人口库中认定的人';

CREATE VIEW verified_marriages AS
SELECT * EXCLUDE (event) FROM couples WHERE event = 'marriage';
COMMENT ON VIEW verified_marriages IS '核定的结婚记录，含补领（reissue 为真）';

CREATE VIEW verified_divorces AS
SELECT * EXCLUDE (event) FROM couples WHERE event = 'divorce';
COMMENT ON VIEW verified_divorces IS '核定的离婚记录，含补领（reissue 为真）；不含法院判决、调解离婚';

CREATE VIEW quality_by_batch AS
WITH read AS (
    SELECT
        batch_id,
        count(*) AS fields,
        count(*) FILTER (decided_source = 'policy') AS accepted,
        count(*) FILTER (decided_source IN ('consensus', 'arbitration')) AS keyed,
        count(*) FILTER (decided_source = 'staff') AS by_staff,
        count(*) FILTER (decided_source IS NULL) AS undecided,
        avg(confidence) AS stated_confidence,
        avg((decided_value = value)::INTEGER) FILTER (
            decided_source IN ('consensus', 'arbitration', 'staff')
        ) AS machine_right_where_keyed
    FROM decided_fields
    GROUP BY batch_id
),
verified AS (SELECT batch_id, count(*) AS records FROM records GROUP BY batch_id),
judged AS (
    SELECT batch_id, last(outcome ORDER BY judged_at) AS inspection
    FROM lots
    WHERE outcome <> 'drawn'
    GROUP BY batch_id
),
doubted AS (
    SELECT
        batch_id,
        count(*) FILTER (held) AS kept_out,
        count(DISTINCT row_id) FILTER (NOT held) AS doubted
    FROM quarantine
    GROUP BY batch_id
)
SELECT
    b.batch_id, b.name, b.policy, b.demonstration, b.created_at,
    r.fields, r.accepted, r.keyed, r.by_staff, r.undecided,
    r.stated_confidence, r.machine_right_where_keyed,
    coalesce(v.records, 0) AS records_verified,
    j.inspection,
    coalesce(d.kept_out, 0) AS rows_kept_out,
    coalesce(d.doubted, 0) AS records_doubted
FROM batches AS b
LEFT JOIN read AS r USING (batch_id)
LEFT JOIN verified AS v USING (batch_id)
LEFT JOIN judged AS j USING (batch_id)
LEFT JOIN doubted AS d USING (batch_id);
COMMENT ON VIEW quality_by_batch IS '各批质量：字段由谁定下、机器与人是否一致、核定件数、抽检结论、疑点';
