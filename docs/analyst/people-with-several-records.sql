-- 名下有多件记录的人，按登记先后：结婚、离婚、补领。按证件号码，不按姓名。
-- People with several records, in the order of registration; by ID number, never by name.
WITH people AS (
    SELECT male_id_number AS id_number, row_id, event, reissue, registration_date FROM couples
    UNION ALL
    SELECT female_id_number, row_id, event, reissue, registration_date FROM couples
),
several AS (
    FROM people
    WHERE id_number IS NOT NULL
    QUALIFY count(*) OVER (PARTITION BY id_number) > 1
)
SELECT
    dense_rank() OVER (ORDER BY id_number) AS person,
    row_id, event, reissue, registration_date
FROM several
ORDER BY person, registration_date, row_id;
