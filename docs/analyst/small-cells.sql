-- 可公布的统计：少于 10 件的登记机关不单列，合为“其余”；其余仍不足 10 件的，再并入最小的一个机关。
-- 件数进位到 5 的倍数，因此不能由总数倒推。
-- Counts that may be published: offices with fewer than ten records are put together, with the
-- next larger one where they don't reach ten either; rounded up to multiples of five, so that no
-- total gives a cell away.
WITH cells AS (SELECT coalesce(office, '') AS office, count(*) AS n FROM couples GROUP BY ALL),
sized AS (
    SELECT *, sum(n) OVER (ORDER BY n, office ROWS UNBOUNDED PRECEDING) - n AS before FROM cells
)
SELECT
    CASE WHEN n < 10 OR before BETWEEN 1 AND 9 THEN '其余 the rest' ELSE office END AS office,
    ceil(sum(n) / 5)::INTEGER * 5 AS records
FROM sized
GROUP BY 1
HAVING sum(n) >= 10
ORDER BY records DESC, 1;
