-- Volumes as the archive keeps them, a couple each: their codes, once given, never change.

CREATE TABLE volumes (
    archive_code VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    fonds VARCHAR NOT NULL,
    year INTEGER NOT NULL,
    nature VARCHAR NOT NULL,
    retention VARCHAR NOT NULL,
    number VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    given_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE volumes IS '案卷：一对夫妻一卷，登记簿一册一卷；档号一经给定不再改动';
COMMENT ON COLUMN volumes.archive_code IS '档号';
COMMENT ON COLUMN volumes.batch_id IS '给定档号时所在的批次';
COMMENT ON COLUMN volumes.fonds IS '全宗号';
COMMENT ON COLUMN volumes.year IS '年度';
COMMENT ON COLUMN volumes.nature IS
    'marriage 结婚；divorce 离婚；annulment 撤销；reissue 补发；ledger 登记簿';
COMMENT ON COLUMN volumes.retention IS '保管期限代号';
COMMENT ON COLUMN volumes.number IS '案卷号';
COMMENT ON COLUMN volumes.basis IS 'stamp 归档章所载；assigned 顺序编号';
COMMENT ON COLUMN volumes.given_at IS '给定档号的时间';

CREATE TABLE volume_records (
    record_id VARCHAR NOT NULL,
    archive_code VARCHAR NOT NULL,
    entered_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE volume_records IS '卷内各件：核定记录归入哪一卷';
COMMENT ON COLUMN volume_records.record_id IS '核定记录';
COMMENT ON COLUMN volume_records.archive_code IS '档号';
COMMENT ON COLUMN volume_records.entered_at IS '归入时间';

CREATE TABLE handovers (
    manifest_sha256 VARCHAR NOT NULL,
    archive_code VARCHAR NOT NULL,
    pages BIGINT NOT NULL,
    files BIGINT NOT NULL,
    handed_over_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE handovers IS '移交：各卷何时、在哪一份文件清单下交出';
COMMENT ON COLUMN handovers.manifest_sha256 IS '文件清单的校验值';
COMMENT ON COLUMN handovers.archive_code IS '档号';
COMMENT ON COLUMN handovers.pages IS '页数';
COMMENT ON COLUMN handovers.files IS '文件数';
COMMENT ON COLUMN handovers.handed_over_at IS '移交时间';
