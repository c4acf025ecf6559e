-- 结婚年龄的中位数，只计双方出生日期与登记日期都精确到日的；补领不计。
-- Median age at marriage, of couples whose three dates are known to the day; no reissues.
SELECT
    year,
    count(*) AS couples,
    median(date_diff('day', male_birth_date::DATE, registration_date::DATE) / 365.25) AS man,
    median(date_diff('day', female_birth_date::DATE, registration_date::DATE) / 365.25) AS woman
FROM verified_marriages
WHERE NOT reissue
    AND length(registration_date) = 10
    AND length(male_birth_date) = 10
    AND length(female_birth_date) = 10
GROUP BY year
ORDER BY year;
