-- The present state, seen through the history. Every window and join names the batch, so
-- that a question about one batch looks at that batch alone.

CREATE VIEW fields AS
SELECT
    r.reading_id, p.batch_id, p.scan_id, r.page_id, p.page, p.kind, p.era, r.row, r.field,
    regexp_replace(r.field, '^(male|female)\.', '') AS tail,
    r.text, r.value, r.confidence, r.decision, r.engine, r.alternatives, r.flags,
    r.box_left, r.box_top, r.box_right, r.box_bottom
FROM readings AS r
JOIN pages AS p USING (page_id)
QUALIFY row_number() OVER (
    PARTITION BY p.batch_id, r.page_id, r.row, r.field ORDER BY r.confidence DESC, r.reading_id
) = 1;
COMMENT ON VIEW fields IS '页上每个字段的现行识读结果';

CREATE VIEW field_decisions AS
SELECT
    p.batch_id, r.page_id, r.row, r.field,
    d.reading_id, d.value, d.source, d.reason, d.decided_at
FROM decisions AS d
JOIN readings AS r USING (reading_id)
JOIN pages AS p USING (page_id)
QUALIFY row_number() OVER (
    PARTITION BY p.batch_id, r.page_id, r.row, r.field
    ORDER BY
        list_position(['inherited', 'policy', 'consensus', 'arbitration', 'staff'], d.source) DESC,
        d.decided_at DESC,
        d.reading_id
) = 1;
COMMENT ON VIEW field_decisions IS '字段的现行定值：人定先于机定，后定先于先定';

CREATE VIEW decided_fields AS
SELECT
    f.* EXCLUDE (reading_id),
    coalesce(d.reading_id, f.reading_id) AS reading_id,
    d.value AS decided_value, d.source AS decided_source,
    d.reason AS decided_reason, d.decided_at
FROM fields AS f
LEFT JOIN field_decisions AS d USING (batch_id, page_id, row, field);
COMMENT ON VIEW decided_fields IS '字段的识读结果连同定值';

-- A page with numbered rows holds one certificate a row, and what stands outside the rows
-- (an office, a day) belongs to each of them; any other page is one certificate.
CREATE VIEW certificates AS
WITH marked AS (
    SELECT
        page_id, batch_id, kind, era, row, field, value,
        max(row) OVER (PARTITION BY batch_id, page_id) AS last_row
    FROM fields
    WHERE kind <> 'other'
)
SELECT
    page_id || '/' || row AS certificate_id, page_id, row,
    batch_id, any_value(kind) AS kind, any_value(era) AS era
FROM marked
WHERE (row > 0) = (last_row > 0)
GROUP BY batch_id, page_id, row
HAVING bool_or(field IN ('male.name', 'female.name', 'certificate_number'));
COMMENT ON VIEW certificates IS '证件：单页一件，登记簿一行一件';

CREATE VIEW certificate_fields AS
SELECT c.certificate_id, f.*
FROM certificates AS c
JOIN decided_fields AS f
    ON f.batch_id = c.batch_id AND f.page_id = c.page_id AND (f.row = c.row OR f.row = 0)
QUALIFY row_number() OVER (
    PARTITION BY f.batch_id, c.certificate_id, f.field ORDER BY f.row DESC
) = 1;
COMMENT ON VIEW certificate_fields IS '证件的字段，含整页共有的字段';

CREATE VIEW current_matches AS
SELECT * FROM matches
QUALIFY row_number() OVER (
    PARTITION BY batch_id, record_id ORDER BY matched_at DESC, model DESC
) = 1;
COMMENT ON VIEW current_matches IS '每个人的最近一次比对结果';

CREATE VIEW current_consensus AS
SELECT * FROM consensus
QUALIFY row_number() OVER (PARTITION BY batch_id, reading_id ORDER BY keyings DESC) = 1;
COMMENT ON VIEW current_consensus IS '每个字段最近一次合议';

CREATE VIEW verified_values AS
SELECT * FROM record_values
QUALIFY row_number() OVER (
    PARTITION BY record_id, field
    ORDER BY
        list_position(['inherited', 'policy', 'consensus', 'arbitration', 'staff'], source) DESC,
        decided_at DESC
) = 1;
COMMENT ON VIEW verified_values IS '核定记录各字段的现行值';
