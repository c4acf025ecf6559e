-- What was sealed of all that was asked for, and whether an answer to it came back.
SELECT
    p.package_id,
    p.package_id IN (SELECT s.package_id FROM submissions AS s) AS answered
FROM packages AS p
UNION ALL
SELECT share_id AS package_id, false AS answered
FROM shares
