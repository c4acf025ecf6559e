-- Certificates are events in lives: a reissue leads to its original, and the events of a person
-- stand in order, with what contradicts itself said.

CREATE TABLE event_links (
    record_id VARCHAR NOT NULL,
    linked_to VARCHAR NOT NULL,
    relation VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    linked_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE event_links IS '事件关联：补领指向原件';
COMMENT ON COLUMN event_links.record_id IS '核定记录';
COMMENT ON COLUMN event_links.linked_to IS '所关联的核定记录';
COMMENT ON COLUMN event_links.relation IS 'reissue_of 系其补领';
COMMENT ON COLUMN event_links.basis IS 'people 双方经人口库认定为同一人；names_and_date 双方姓名与登记日期相同';
COMMENT ON COLUMN event_links.linked_at IS '关联时间';

CREATE VIEW people_by_reissue AS
WITH told AS (
    SELECT
        l.linked_to AS record_id, unnest(['male', 'female']) AS role,
        unnest([r.male_person_id, r.female_person_id]) AS person_id,
        l.record_id AS reissue_id
    FROM event_links AS l
    JOIN couples AS r ON r.record_id = l.record_id
    WHERE l.relation = 'reissue_of'
)
SELECT record_id, role, any_value(person_id) AS person_id, min(reissue_id) AS reissue_id
FROM told
WHERE person_id IS NOT NULL
GROUP BY record_id, role
HAVING count(DISTINCT person_id) = 1;
COMMENT ON VIEW people_by_reissue IS '由补领件认出的原件当事人';

CREATE VIEW life_events AS
WITH known AS (
    SELECT
        c.record_id, c.event, c.registration_date,
        coalesce(c.male_person_id, m.person_id) AS man,
        coalesce(c.female_person_id, f.person_id) AS woman
    FROM couples AS c
    LEFT JOIN people_by_reissue AS m ON m.record_id = c.record_id AND m.role = 'male'
    LEFT JOIN people_by_reissue AS f ON f.record_id = c.record_id AND f.role = 'female'
    WHERE NOT c.reissue
),
lives AS (
    SELECT man AS person_id, woman AS partner_id, 'male' AS role, record_id, event, registration_date
    FROM known WHERE man IS NOT NULL
    UNION ALL
    SELECT woman, man, 'female', record_id, event, registration_date
    FROM known WHERE woman IS NOT NULL
),
ordered AS (
    SELECT
        *,
        row_number() OVER life AS place,
        lag(event) OVER life AS event_before,
        lag(partner_id) OVER life AS partner_before,
        lag(registration_date) OVER life AS date_before
    FROM lives
    WINDOW life AS (
        PARTITION BY person_id ORDER BY registration_date, event DESC, record_id
    )
)
SELECT
    person_id, place, record_id, role, event, registration_date, partner_id,
    CASE
        WHEN event = 'marriage' AND event_before = 'marriage' AND partner_id = partner_before
            AND registration_date = date_before THEN 'recorded_twice'
        WHEN event = 'marriage' AND event_before = 'marriage' THEN 'married_while_married'
        WHEN event = 'divorce' AND event_before = 'divorce' THEN 'divorced_while_divorced'
        WHEN event = 'divorce' AND event_before = 'marriage' AND partner_id <> partner_before
            THEN 'divorced_from_another'
    END AS contradiction
FROM ordered;
COMMENT ON VIEW life_events IS
    '每个人的婚姻事件，依次排列；contradiction 指出与前一事件的矛盾（法院离婚、丧偶不在本库）';
