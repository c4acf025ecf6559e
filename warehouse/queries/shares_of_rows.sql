-- Which shares gave out the row numbers in `incoming`, and how many numbers were ever given.
SELECT
    r.share_id, any_value(s.department) AS department, count(*) AS rows,
    (SELECT count(*) FROM share_rows) AS given
FROM share_rows AS r
SEMI JOIN incoming USING (row_id)
JOIN shares AS s USING (share_id)
GROUP BY r.share_id
ORDER BY rows DESC, r.share_id
