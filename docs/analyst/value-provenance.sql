-- 一件记录各值的来源：值、由谁定下、录入几次、在哪一页的何处。先设 row_id：
-- Where the values of one record come from: who settled them, how often they were keyed, and
-- where they stand. Say first which row:
--     SET VARIABLE row_id = 'r0123456789abcde';
WITH long AS (
    UNPIVOT (SELECT * EXCLUDE (kind) FROM records WHERE row_id = getvariable('row_id'))
    ON * EXCLUDE (row_id) INTO NAME field VALUE value
)
SELECT
    field, value, source, keyings, decided_at, engine, page_ref,
    [box_left, box_top, box_right, box_bottom] AS box
FROM long
LEFT JOIN lineage USING (row_id, field)
ORDER BY field;
