-- What a confidence was computed from, how legible a page's hand is, and the fields that were
-- drawn to calibrate the reader on the archive's own paper.

ALTER TABLE readings ADD COLUMN evidence VARCHAR;
COMMENT ON COLUMN readings.evidence IS '把握由哪些迹象算出，JSON：迹象名到数值';

ALTER TABLE pages ADD COLUMN hand VARCHAR;
COMMENT ON COLUMN pages.hand IS '字迹：neat 工整；running 连笔；cursive 潦草；文字层无字迹则为空值';
ALTER TABLE pages ADD COLUMN calibration VARCHAR;
COMMENT ON COLUMN pages.calibration IS '识读把握所用的校准：名称与校验值';

CREATE TABLE calibration_samples (
    batch_id VARCHAR NOT NULL,
    reading_id VARCHAR NOT NULL,
    part VARCHAR NOT NULL,
    era VARCHAR NOT NULL,
    hand VARCHAR NOT NULL,
    reader VARCHAR NOT NULL,
    drawn_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE calibration_samples IS '校准抽样：抽出交人工盲录的字段';
COMMENT ON COLUMN calibration_samples.batch_id IS '校准批次';
COMMENT ON COLUMN calibration_samples.reading_id IS '所抽字段的识读结果';
COMMENT ON COLUMN calibration_samples.part IS 'fit 用于拟合；audit 用于审核；同一页的字段同属一部分';
COMMENT ON COLUMN calibration_samples.era IS '登记年代';
COMMENT ON COLUMN calibration_samples.hand IS '字迹';
COMMENT ON COLUMN calibration_samples.reader IS '识读模型与出厂校准合起来的校验值';
COMMENT ON COLUMN calibration_samples.drawn_at IS '抽样时间';
