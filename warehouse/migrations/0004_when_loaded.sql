-- When each row came in: what was believed at a time can be asked of readings too, and the rows
-- of one page lie together under one moment, so that tracing a value needs no search of all.

ALTER TABLE pages ADD COLUMN loaded_at TIMESTAMPTZ;
ALTER TABLE readings ADD COLUMN loaded_at TIMESTAMPTZ;
ALTER TABLE decisions ADD COLUMN loaded_at TIMESTAMPTZ;
ALTER TABLE record_values ADD COLUMN loaded_at TIMESTAMPTZ;
COMMENT ON COLUMN pages.loaded_at IS '入库时间；早于此栏者为空值';
COMMENT ON COLUMN readings.loaded_at IS '所在页的入库时间';
COMMENT ON COLUMN decisions.loaded_at IS '所在页的入库时间，供快速查找';
COMMENT ON COLUMN record_values.loaded_at IS '所在页的入库时间，供快速查找';

CREATE INDEX pages_by_id ON pages (page_id);
CREATE INDEX scans_by_id ON scans (scan_id);

CREATE OR REPLACE VIEW verified_values AS
SELECT * FROM record_values
QUALIFY row_number() OVER (
    PARTITION BY record_id, field
    ORDER BY
        list_position(['inherited', 'policy', 'consensus', 'arbitration', 'staff'], source) DESC,
        decided_at DESC
) = 1;
COMMENT ON VIEW verified_values IS '核定记录各字段的现行值';

CREATE OR REPLACE VIEW fields AS
SELECT
    r.reading_id, p.batch_id, p.scan_id, r.page_id, p.page, p.kind, p.era, r.row, r.field,
    regexp_replace(r.field, '^(male|female)\.', '') AS tail,
    r.text, r.value, r.confidence, r.decision, r.engine, r.alternatives, r.flags,
    r.box_left, r.box_top, r.box_right, r.box_bottom, r.loaded_at
FROM readings AS r
JOIN pages AS p USING (page_id)
QUALIFY row_number() OVER (
    PARTITION BY p.batch_id, r.page_id, r.row, r.field ORDER BY r.confidence DESC, r.reading_id
) = 1;
COMMENT ON VIEW fields IS '页上每个字段的现行识读结果';

CREATE OR REPLACE VIEW decided_fields AS
SELECT
    f.* EXCLUDE (reading_id),
    coalesce(d.reading_id, f.reading_id) AS reading_id,
    d.value AS decided_value, d.source AS decided_source,
    d.reason AS decided_reason, d.decided_at
FROM fields AS f
LEFT JOIN field_decisions AS d USING (batch_id, page_id, row, field);
COMMENT ON VIEW decided_fields IS '字段的识读结果连同定值';

CREATE OR REPLACE VIEW certificate_fields AS
SELECT c.certificate_id, f.*
FROM certificates AS c
JOIN decided_fields AS f
    ON f.batch_id = c.batch_id AND f.page_id = c.page_id AND (f.row = c.row OR f.row = 0)
QUALIFY row_number() OVER (
    PARTITION BY f.batch_id, c.certificate_id, f.field ORDER BY f.row DESC
) = 1;
COMMENT ON VIEW certificate_fields IS '证件的字段，含整页共有的字段';
