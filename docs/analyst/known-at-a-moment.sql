-- 两个时间：登记发生在哪一年，档案馆何时定值。到某一时刻为止，各年的结婚已核实多少？先设时刻：
-- Two times: the year of the event, and when the archive settled it. How much of each year was
-- known at a moment? Say first at which:
--     SET VARIABLE moment = TIMESTAMPTZ '2026-06-30 23:59:59+08';
WITH settled AS (SELECT row_id, max(decided_at) AS settled_at FROM lineage GROUP BY row_id)
SELECT
    year,
    count(*) FILTER (settled_at <= getvariable('moment')) AS known_then,
    count(*) AS known_now
FROM verified_marriages
JOIN settled USING (row_id)
GROUP BY year
ORDER BY year;
