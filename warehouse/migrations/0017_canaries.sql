-- Values that were put into packages to tell copies by; they are no data.

CREATE TABLE canaries (
    item_id VARCHAR NOT NULL,
    reading_id VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    figures VARCHAR NOT NULL,
    after_figures INTEGER NOT NULL,
    planted_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE canaries IS '暗桩：每包各不相同的假号，外泄清单中出现即知出自谁手；不是数据';
COMMENT ON COLUMN canaries.reading_id IS '借其笔迹的字段';
COMMENT ON COLUMN canaries.text IS '图上所示的假号';
COMMENT ON COLUMN canaries.figures IS '数字换位的次序，JSON';
COMMENT ON COLUMN canaries.after_figures IS '数字之后的墨迹列数';
COMMENT ON COLUMN canaries.item_id IS '录入条目';
COMMENT ON COLUMN canaries.planted_at IS '放入时间';
COMMENT ON COLUMN joining_risks.package_id IS '工作包';
COMMENT ON COLUMN joining_risks.measured_at IS '测定时间';
