-- How many records stand in each cell of up to three dimensions, within what an agreement lets out.
WITH told AS (
    SELECT
        record_id,
        any_value(value) FILTER (field = 'registration_date') AS registered,
        any_value(value) FILTER (field = 'office') AS office
    FROM verified_values
    WHERE field IN ('registration_date', 'office')
    GROUP BY record_id
),
dated AS (
    SELECT
        r.kind, r.era, t.registered,
        left(t.registered, 4) AS year,
        left(t.registered, 3) || '0s' AS decade,
        t.office
    FROM records AS r
    LEFT JOIN told AS t USING (record_id)
    WHERE
        (len($kinds) = 0 OR list_contains($kinds, r.kind))
        AND ($registered_from = '' OR t.registered >= $registered_from)
        AND ($registered_to = '' OR left(t.registered, len($registered_to)) <= $registered_to)
)
SELECT
    CASE WHEN list_contains($by, 'kind') THEN coalesce(kind, '') ELSE '' END AS kind,
    CASE WHEN list_contains($by, 'era') THEN coalesce(era, '') ELSE '' END AS era,
    CASE WHEN list_contains($by, 'year') THEN coalesce(year, '') ELSE '' END AS year,
    CASE WHEN list_contains($by, 'decade') THEN coalesce(decade, '') ELSE '' END AS decade,
    CASE WHEN list_contains($by, 'office') THEN coalesce(office, '') ELSE '' END AS office,
    count(*) AS records
FROM dated
GROUP BY ALL
ORDER BY ALL
