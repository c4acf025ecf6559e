-- How good each field of a share is: filled, blank on the paper, keyed by people, and by whom settled.
SELECT
    list_extract($fields, spot) AS field, source,
    count(*) FILTER (value <> '') AS filled,
    count(*) FILTER (value = '') AS blank,
    count(*) FILTER (keyings > 0) AS keyed,
    -- Added up exactly: the same whatever the order of the rows.
    avg(confidence::DECIMAL(18, 12)) FILTER (source = 'policy') AS confidence
FROM given
GROUP BY spot, source
ORDER BY field, source
