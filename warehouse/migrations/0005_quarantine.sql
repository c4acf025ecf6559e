-- What the declared checks found: rows that were kept out, and rows that came in with a doubt.

CREATE TABLE quarantine (
    table_name VARCHAR NOT NULL,
    row_id VARCHAR NOT NULL,
    broken VARCHAR NOT NULL,
    held BOOLEAN NOT NULL,
    batch_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE quarantine IS '隔离：装入时不合约定的行，及理由';
COMMENT ON COLUMN quarantine.table_name IS '所属的表';
COMMENT ON COLUMN quarantine.row_id IS '该行的编号';
COMMENT ON COLUMN quarantine.broken IS '所违反的约定代码';
COMMENT ON COLUMN quarantine.held IS '真：未入库；假：已入库，待人核对';
COMMENT ON COLUMN quarantine.batch_id IS '批次号';
COMMENT ON COLUMN quarantine.reason IS '理由，中英文';
COMMENT ON COLUMN quarantine.noted_at IS '记下的时间';
