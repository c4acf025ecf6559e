-- 历年结婚件数，其中补领另计；补领的年份是补领时的年份。
-- Marriages of each year, reissues (补领) apart: their year is that of the reissue.
SELECT
    year,
    count(*) FILTER (NOT reissue) AS marriages,
    count(*) FILTER (reissue) AS reissues
FROM verified_marriages
GROUP BY year
ORDER BY year;
