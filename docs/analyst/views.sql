-- 打开的共享件上的视图，先执行一次；在 share/ 的上一级文件夹中运行。
-- Views over an opened share; run this once, in the folder above `share/`.
-- Columns that the agreement doesn't name are there, and empty.

CREATE VIEW records AS
FROM read_parquet('share/records.parquet')
UNION ALL BY NAME
SELECT
    NULL::VARCHAR AS certificate_number, NULL::VARCHAR AS registration_date,
    NULL::VARCHAR AS office,
    NULL::VARCHAR AS "male.name", NULL::VARCHAR AS "male.birth_date",
    NULL::VARCHAR AS "male.id_number",
    NULL::VARCHAR AS "female.name", NULL::VARCHAR AS "female.birth_date",
    NULL::VARCHAR AS "female.id_number"
WHERE false;

-- 每个值的来源 · where each value comes from
CREATE VIEW lineage AS FROM read_parquet('share/lineage.parquet');

-- 一件一行：双方、字号、日期；年份可用于分组 · a record a row; `year` where the date has one
CREATE VIEW couples AS
SELECT
    row_id, kind,
    CASE
        WHEN kind LIKE 'divorce%' OR regexp_matches(certificate_number, '^B?L[0-9]|离|離')
            THEN 'divorce'
        ELSE 'marriage'
    END AS event,
    coalesce(regexp_matches(certificate_number, '^B[JL][0-9]|补|補'), false) AS reissue,
    certificate_number, registration_date, nullif(left(registration_date, 4), '') AS year, office,
    "male.name" AS male_name, "male.birth_date" AS male_birth_date,
    nullif("male.id_number", '') AS male_id_number,
    "female.name" AS female_name, "female.birth_date" AS female_birth_date,
    nullif("female.id_number", '') AS female_id_number
FROM records;

CREATE VIEW verified_marriages AS SELECT * EXCLUDE (event) FROM couples WHERE event = 'marriage';
CREATE VIEW verified_divorces AS SELECT * EXCLUDE (event) FROM couples WHERE event = 'divorce';

-- 各字段由谁定值 · who settled the values of each field
CREATE VIEW quality_by_field AS
SELECT
    field,
    count(*) AS settled,
    count(*) FILTER (source = 'policy') AS by_machine,
    count(*) FILTER (source IN ('consensus', 'arbitration')) AS by_keying,
    count(*) FILTER (source = 'staff') AS by_staff,
    count(*) FILTER (source = 'inherited') AS from_row_above,
    max(decided_at) AS last_settled_at
FROM lineage
GROUP BY field;
