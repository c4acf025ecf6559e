-- What a scan is like as a picture, by which descriptions of forms it was read, and what people
-- should know of it: poor resolution, a second scan of another page, pages that are missing.

ALTER TABLE pages ADD COLUMN form_set VARCHAR;
ALTER TABLE pages ADD COLUMN colours VARCHAR;
ALTER TABLE pages ADD COLUMN dpi_by_text INTEGER;
ALTER TABLE pages ADD COLUMN fingerprint BIGINT;
COMMENT ON COLUMN pages.form_set IS '识读所用表样集的校验值';
COMMENT ON COLUMN pages.colours IS '色彩：colour 彩色；grey 灰度；two_tone 黑白二值';
COMMENT ON COLUMN pages.dpi_by_text IS '按字高估计的分辨率，误差约三分之一';
COMMENT ON COLUMN pages.fingerprint IS '图像指纹（63 位），用于查找疑似重复的页';

CREATE TABLE page_notes (
    batch_id VARCHAR NOT NULL,
    page_id VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    other VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE page_notes IS '扫描提示：页已收下并识读，但有需人留意之处';
COMMENT ON COLUMN page_notes.batch_id IS '批次号';
COMMENT ON COLUMN page_notes.page_id IS '页';
COMMENT ON COLUMN page_notes.code IS '提示代码，见运行维护文档';
COMMENT ON COLUMN page_notes.other IS '疑似重复时为另一页；否则为空';
COMMENT ON COLUMN page_notes.detail IS '说明与处理办法';
COMMENT ON COLUMN page_notes.noted_at IS '记下的时间';
