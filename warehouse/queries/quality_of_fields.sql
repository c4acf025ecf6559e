-- Quality of reading over batches, eras and offices: who settled the fields, and how often people
-- overruled the machine where they keyed or settled.
WITH offices AS (
    SELECT page_id, any_value(coalesce(decided_value, value)) AS office
    FROM decided_fields
    WHERE field = 'office' AND coalesce(decided_value, value) <> ''
    GROUP BY page_id
),
placed AS (
    SELECT
        f.value, f.decided_value, f.decided_source,
        unnest([
            {'over': 'batch', 'part': strftime(b.created_at, '%Y-%m-%d ') || b.name},
            {'over': 'era', 'part': coalesce(f.era, '')},
            {'over': 'office', 'part': coalesce(o.office, '')}
        ]) AS place
    FROM decided_fields AS f
    JOIN batches AS b USING (batch_id)
    LEFT JOIN offices AS o USING (page_id)
)
SELECT
    place.over, place.part, count(*) AS fields,
    count(*) FILTER (decided_source = 'policy') AS accepted,
    count(*) FILTER (decided_source IN ('consensus', 'arbitration')) AS keyed,
    count(*) FILTER (decided_source = 'staff') AS by_staff,
    count(*) FILTER (decided_source = 'inherited') AS inherited,
    count(*) FILTER (decided_source IS NULL) AS undecided,
    count(*) FILTER (decided_source IN ('consensus', 'arbitration', 'staff')) AS checked,
    count(*) FILTER (
        decided_source IN ('consensus', 'arbitration', 'staff')
        AND decided_value IS DISTINCT FROM value
    ) AS overruled
FROM placed
GROUP BY place.over, place.part
ORDER BY place.over, place.part
