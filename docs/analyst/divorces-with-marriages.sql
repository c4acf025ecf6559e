-- 离婚与同一双方此前的结婚：按双方证件号码；没有号码的旧件不在此列。法院离婚不在本档案内。
-- Divorces and the last marriage of the same two people before them, by both ID numbers; older
-- papers without numbers aren't found so, and divorces by a court aren't in these archives.
SELECT
    d.row_id AS divorce, m.row_id AS marriage,
    m.registration_date AS married_on, d.registration_date AS divorced_on
FROM verified_divorces AS d
JOIN verified_marriages AS m USING (male_id_number, female_id_number)
WHERE NOT m.reissue AND m.registration_date <= d.registration_date
QUALIFY row_number() OVER (PARTITION BY d.row_id ORDER BY m.registration_date DESC) = 1
ORDER BY divorced_on, divorce;
