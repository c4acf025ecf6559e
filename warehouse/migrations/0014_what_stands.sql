-- What is concluded from other rows (events and how they hang together, doubts, differences) is
-- concluded anew when those change. Each row says whether it stands from its moment on; the row
-- with the highest turn counts, and the earlier ones tell what was believed before; an older row,
-- which doesn't say, stands. Of a table that holds rows DuckDB gives one new column a default in a
-- transaction, the last one.

CREATE TABLE events (
    event_id VARCHAR NOT NULL,
    record_id VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    event VARCHAR NOT NULL,
    reissue BOOLEAN NOT NULL,
    event_date VARCHAR,
    certificate_number VARCHAR,
    male_name VARCHAR,
    female_name VARCHAR,
    male_person_id VARCHAR,
    female_person_id VARCHAR,
    renewal BOOLEAN NOT NULL,
    manner VARCHAR,
    document VARCHAR,
    noted_at TIMESTAMPTZ NOT NULL,
    stands BOOLEAN,
    turn INTEGER
);
COMMENT ON TABLE events IS '婚姻事件：证件所载的结婚、离婚、补领，及备注所载的撤销';
COMMENT ON COLUMN events.event_id IS '核定记录号；备注所载的撤销另加 /annulment';
COMMENT ON COLUMN events.record_id IS '所据的核定记录';
COMMENT ON COLUMN events.batch_id IS '批次号';
COMMENT ON COLUMN events.event IS 'marriage 结婚；divorce 离婚；annulment 撤销或宣告无效';
COMMENT ON COLUMN events.reissue IS '是否补领件：所载为原事件，另有原件';
COMMENT ON COLUMN events.event_date IS '登记日期；撤销则为备注所载的日期，未载或不止一个则为空值';
COMMENT ON COLUMN events.certificate_number IS '字号';
COMMENT ON COLUMN events.male_name IS '男方姓名';
COMMENT ON COLUMN events.female_name IS '女方姓名';
COMMENT ON COLUMN events.male_person_id IS '人口库中认定的男方';
COMMENT ON COLUMN events.female_person_id IS '人口库中认定的女方';
COMMENT ON COLUMN events.renewal IS '备注称复婚';
COMMENT ON COLUMN events.manner IS '撤销的方式：revoked 撤销；void 宣告无效；其他事件为空值';
COMMENT ON COLUMN events.document IS '撤销文书的档号或文号，备注所载';
COMMENT ON COLUMN events.noted_at IS '记下的时间';
COMMENT ON COLUMN events.stands IS '自此是否成立；假为撤回';
COMMENT ON COLUMN events.turn IS '同一事件第几次记下，大者为现行';

DROP VIEW life_events;
DROP VIEW people_by_reissue;
ALTER TABLE event_links RENAME COLUMN record_id TO event_id;
ALTER TABLE event_links ADD COLUMN stands BOOLEAN;
ALTER TABLE event_links ADD COLUMN turn INTEGER DEFAULT 1;
COMMENT ON TABLE event_links IS '事件关联：补领与原件、离婚与所终止的结婚、复婚与前次离婚、撤销与所撤销的登记';
COMMENT ON COLUMN event_links.event_id IS '事件';
COMMENT ON COLUMN event_links.linked_to IS '所关联的事件';
COMMENT ON COLUMN event_links.relation IS
    'reissue_of 系其补领；same_event 同一次登记的另一份；ends 终止该婚姻；renews 离婚后复婚；annuls 撤销';
COMMENT ON COLUMN event_links.basis IS
    'people 双方经人口库认定为同一人；names_and_date 双方姓名与登记日期相同；note 该件备注所载';
COMMENT ON COLUMN event_links.stands IS '自此是否成立；假为撤回';
COMMENT ON COLUMN event_links.turn IS '同一关联第几次记下，大者为现行';

ALTER TABLE quarantine ADD COLUMN stands BOOLEAN;
ALTER TABLE quarantine ADD COLUMN turn INTEGER DEFAULT 1;
COMMENT ON COLUMN quarantine.stands IS '自此是否成立；假为疑点已消除；未入库的行为空值';
COMMENT ON COLUMN quarantine.turn IS '同一疑点第几次记下，大者为现行；未入库的行为空值';

ALTER TABLE differences ADD COLUMN stands BOOLEAN;
ALTER TABLE differences ADD COLUMN turn INTEGER DEFAULT 1;
COMMENT ON COLUMN differences.stands IS '自此是否成立；假为不再不一致';
COMMENT ON COLUMN differences.turn IS '同一不一致第几次记下，大者为现行';

ALTER TABLE decisions ADD COLUMN turn INTEGER;
COMMENT ON COLUMN decisions.turn IS '档案员对该识读结果第几次定值；非档案员所定则为空值';

CREATE OR REPLACE VIEW field_decisions AS
SELECT
    p.batch_id, r.page_id, r.row, r.field,
    d.reading_id, d.value, d.source, d.reason, d.decided_at
FROM decisions AS d
JOIN readings AS r USING (reading_id)
JOIN pages AS p USING (page_id)
QUALIFY row_number() OVER (
    PARTITION BY p.batch_id, r.page_id, r.row, r.field
    ORDER BY
        list_position(['inherited', 'policy', 'consensus', 'arbitration', 'staff'], d.source) DESC,
        d.decided_at DESC,
        d.turn DESC NULLS LAST,
        d.reading_id
) = 1;
COMMENT ON VIEW field_decisions IS '字段的现行定值：人定先于机定，后定先于先定';

CREATE VIEW present_events AS
SELECT * EXCLUDE (stands) FROM events
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY turn DESC NULLS LAST) = 1
    AND coalesce(stands, true);
COMMENT ON VIEW present_events IS '现行的婚姻事件';

CREATE VIEW present_links AS
SELECT * EXCLUDE (stands) FROM event_links
QUALIFY row_number() OVER (
    PARTITION BY event_id, linked_to, relation ORDER BY turn DESC NULLS LAST
) = 1
    AND coalesce(stands, true);
COMMENT ON VIEW present_links IS '现行的事件关联';

CREATE VIEW present_doubts AS
SELECT * EXCLUDE (stands) FROM quarantine
QUALIFY row_number() OVER (
    PARTITION BY table_name, row_id, broken ORDER BY turn DESC NULLS LAST
) = 1
    AND coalesce(stands, true);
COMMENT ON VIEW present_doubts IS '现行的隔离与疑点';

CREATE VIEW present_differences AS
SELECT * EXCLUDE (stands) FROM differences
QUALIFY row_number() OVER (
    PARTITION BY record_id, field, person_id ORDER BY turn DESC NULLS LAST
) = 1
    AND coalesce(stands, true);
COMMENT ON VIEW present_differences IS '现行的异常备注：档案与人口库至今不一致之处';

CREATE VIEW people_by_reissue AS
WITH told AS (
    SELECT
        l.linked_to AS record_id, unnest(['male', 'female']) AS role,
        unnest([r.male_person_id, r.female_person_id]) AS person_id,
        l.event_id AS reissue_id
    FROM present_links AS l
    JOIN present_events AS r USING (event_id)
    WHERE l.relation = 'reissue_of'
)
SELECT record_id, role, any_value(person_id) AS person_id, min(reissue_id) AS reissue_id
FROM told
WHERE person_id IS NOT NULL
GROUP BY record_id, role
HAVING count(DISTINCT person_id) = 1;
COMMENT ON VIEW people_by_reissue IS '由补领件认出的原件当事人';

CREATE VIEW annulments AS
SELECT
    e.event_id, l.linked_to AS annulled, e.record_id AS noted_on, e.manner,
    e.event_date AS annulled_on, e.document, e.noted_at
FROM present_events AS e
JOIN present_links AS l ON l.event_id = e.event_id AND l.relation = 'annuls'
WHERE e.event = 'annulment';
COMMENT ON VIEW annulments IS '撤销或宣告无效的登记，及其依据的备注';

CREATE VIEW life_events AS
WITH second AS (
    SELECT event_id, any_value(linked_to) AS linked_to
    FROM present_links WHERE relation IN ('ends', 'renews', 'annuls')
    GROUP BY event_id
),
copies AS (SELECT event_id FROM present_links WHERE relation = 'same_event'),
known AS (
    SELECT
        e.event_id, e.record_id, e.event, e.event_date, s.linked_to,
        coalesce(e.male_person_id, m.person_id, am.person_id, o.male_person_id) AS man,
        coalesce(e.female_person_id, f.person_id, af.person_id, o.female_person_id) AS woman,
        coalesce(o.event_date, e.event_date) AS after_date
    FROM present_events AS e
    LEFT JOIN second AS s USING (event_id)
    LEFT JOIN present_events AS o ON e.event = 'annulment' AND o.event_id = s.linked_to
    LEFT JOIN people_by_reissue AS m ON m.record_id = e.event_id AND m.role = 'male'
    LEFT JOIN people_by_reissue AS f ON f.record_id = e.event_id AND f.role = 'female'
    LEFT JOIN people_by_reissue AS am ON am.record_id = o.event_id AND am.role = 'male'
    LEFT JOIN people_by_reissue AS af ON af.record_id = o.event_id AND af.role = 'female'
    WHERE NOT e.reissue AND e.event_id NOT IN (FROM copies)
),
lives AS (
    SELECT man AS person_id, woman AS partner_id, 'male' AS role, * EXCLUDE (man, woman)
    FROM known WHERE man IS NOT NULL
    UNION ALL
    SELECT woman, man, 'female', * EXCLUDE (man, woman)
    FROM known WHERE woman IS NOT NULL
),
undone AS (SELECT DISTINCT annulled FROM annulments),
doubted AS (
    SELECT row_id, string_agg(broken, ', ' ORDER BY broken) AS contradiction
    FROM present_doubts
    WHERE
        table_name = 'records'
        AND broken IN (
            'recorded_twice', 'end_not_seen', 'married_while_married', 'divorced_while_divorced',
            'divorced_from_another', 'divorce_before_marriage', 'divorce_of_annulled'
        )
    GROUP BY row_id
)
SELECT
    l.person_id,
    row_number() OVER (
        PARTITION BY l.person_id
        ORDER BY
            coalesce(l.event_date, l.after_date),
            -- On one day a divorce comes before a marriage to another, and after its own.
            CASE
                WHEN l.event = 'divorce' AND ended.event_date < l.event_date THEN 0
                WHEN l.event = 'marriage' THEN 1
                WHEN l.event = 'divorce' THEN 2
                ELSE 3
            END,
            l.event_id
    ) AS place,
    l.record_id, l.role, l.event, l.event_date AS registration_date, l.partner_id,
    l.linked_to, u.annulled IS NOT NULL AS annulled, d.contradiction
FROM lives AS l
LEFT JOIN present_events AS ended ON ended.event_id = l.linked_to
LEFT JOIN undone AS u ON u.annulled = l.event_id
LEFT JOIN doubted AS d ON d.row_id = l.event_id;
COMMENT ON VIEW life_events IS
    '每个人的婚姻事件，依次排列；linked_to 为所终止、所恢复或所撤销者；contradiction 为矛盾之处（法院离婚、丧偶不在本库）';

CREATE VIEW annulled_records AS
SELECT annulled AS record_id FROM annulments
UNION
SELECT l.event_id FROM present_links AS l JOIN annulments AS a ON a.annulled = l.linked_to
WHERE l.relation IN ('reissue_of', 'same_event');
COMMENT ON VIEW annulled_records IS '登记已被撤销或宣告无效的核定记录，含其补领件与同一次登记的另一份';

CREATE OR REPLACE VIEW verified_marriages AS
SELECT * EXCLUDE (event) FROM couples
WHERE event = 'marriage' AND record_id NOT IN (FROM annulled_records);
COMMENT ON VIEW verified_marriages IS '核定的结婚记录，含补领（reissue 为真）；不含已撤销或宣告无效者，见 annulments';

CREATE OR REPLACE VIEW verified_divorces AS
SELECT * EXCLUDE (event) FROM couples
WHERE event = 'divorce' AND record_id NOT IN (FROM annulled_records);
COMMENT ON VIEW verified_divorces IS
    '核定的离婚记录，含补领（reissue 为真）；不含已撤销者，不含法院判决、调解离婚';

CREATE OR REPLACE VIEW quality_by_batch AS
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
    FROM present_doubts
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
