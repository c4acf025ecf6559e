-- What departments send back: lists to compare, receipts, corrections; and what became of them.

ALTER TABLE shares ADD COLUMN content VARCHAR;
COMMENT ON COLUMN shares.content IS '内容：空或 records 记录；comparison 比对答复；statistics 统计；corrections 纠错答复';

CREATE TABLE comparisons (
    comparison_id VARCHAR NOT NULL,
    agreement_id VARCHAR NOT NULL,
    department VARCHAR NOT NULL,
    mode VARCHAR NOT NULL,
    fields VARCHAR NOT NULL,
    people BIGINT NOT NULL,
    file VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    received_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE comparisons IS '信息比对：部门送来的名单（名单本身不入库）';
COMMENT ON COLUMN comparisons.comparison_id IS '比对编号';
COMMENT ON COLUMN comparisons.agreement_id IS '协议编号';
COMMENT ON COLUMN comparisons.department IS '部门名片指纹前 16 位';
COMMENT ON COLUMN comparisons.mode IS 'names 明文；tokens 只有关联令牌';
COMMENT ON COLUMN comparisons.fields IS '请求答复的字段，JSON';
COMMENT ON COLUMN comparisons.people IS '名单人数';
COMMENT ON COLUMN comparisons.file IS '来件文件名';
COMMENT ON COLUMN comparisons.sha256 IS '来件标识（密封文件的摘要）';
COMMENT ON COLUMN comparisons.received_at IS '收到时间';

CREATE TABLE comparison_answers (
    comparison_id VARCHAR NOT NULL,
    place INTEGER NOT NULL,
    record_id VARCHAR NOT NULL,
    ref VARCHAR NOT NULL,
    answer VARCHAR NOT NULL,
    told VARCHAR NOT NULL
);
COMMENT ON TABLE comparison_answers IS '比对结果：名单每人一行，认定有多件记录者一件一行';
COMMENT ON COLUMN comparison_answers.comparison_id IS '比对编号';
COMMENT ON COLUMN comparison_answers.place IS '在名单中的序号，自 1 起';
COMMENT ON COLUMN comparison_answers.record_id IS '认定或疑似的核定记录，无则为空串';
COMMENT ON COLUMN comparison_answers.ref IS '部门自己的编号';
COMMENT ON COLUMN comparison_answers.answer IS 'match 认定；possible 疑似；none 无';
COMMENT ON COLUMN comparison_answers.told IS '答复的字段值，JSON；仅认定者有';

CREATE TABLE comparison_probes (
    comparison_id VARCHAR NOT NULL,
    probe VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    asked INTEGER NOT NULL
);
COMMENT ON TABLE comparison_probes IS '防试探：问过谁的密钥摘要，不含个人信息';
COMMENT ON COLUMN comparison_probes.comparison_id IS '比对编号';
COMMENT ON COLUMN comparison_probes.probe IS '以本馆密钥计算的摘要';
COMMENT ON COLUMN comparison_probes.kind IS 'same 同一问法；near 相近问法；person 答到的人';
COMMENT ON COLUMN comparison_probes.asked IS '本次问了几回';

CREATE TABLE receipts (
    receipt_id VARCHAR NOT NULL,
    share_id VARCHAR NOT NULL,
    department VARCHAR NOT NULL,
    records BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    agrees BOOLEAN NOT NULL,
    file VARCHAR NOT NULL,
    received_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE receipts IS '回执：部门确认收到的共享件';
COMMENT ON COLUMN receipts.receipt_id IS '回执编号';
COMMENT ON COLUMN receipts.share_id IS '共享编号';
COMMENT ON COLUMN receipts.department IS '部门名片指纹前 16 位';
COMMENT ON COLUMN receipts.records IS '部门所见件数';
COMMENT ON COLUMN receipts.sha256 IS '部门所收文件的 SHA-256';
COMMENT ON COLUMN receipts.agrees IS '件数与校验值是否与发出的一致';
COMMENT ON COLUMN receipts.file IS '回执文件名';
COMMENT ON COLUMN receipts.received_at IS '收到时间';

CREATE TABLE corrections (
    correction_id VARCHAR NOT NULL,
    item INTEGER NOT NULL,
    share_id VARCHAR NOT NULL,
    row_id VARCHAR NOT NULL,
    record_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    proposed VARCHAR NOT NULL,
    ground VARCHAR NOT NULL,
    department VARCHAR NOT NULL,
    received_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE corrections IS '校核纠错：部门对共享数据提出的疑误';
COMMENT ON COLUMN corrections.correction_id IS '来件编号';
COMMENT ON COLUMN corrections.item IS '来件中的序号，自 1 起';
COMMENT ON COLUMN corrections.share_id IS '共享编号';
COMMENT ON COLUMN corrections.row_id IS '共享数据行号';
COMMENT ON COLUMN corrections.record_id IS '核定记录';
COMMENT ON COLUMN corrections.field IS '字段';
COMMENT ON COLUMN corrections.proposed IS '部门所主张的值';
COMMENT ON COLUMN corrections.ground IS '依据代码';
COMMENT ON COLUMN corrections.department IS '部门名片指纹前 16 位';
COMMENT ON COLUMN corrections.received_at IS '收到时间';

CREATE TABLE correction_decisions (
    correction_id VARCHAR NOT NULL,
    item INTEGER NOT NULL,
    outcome VARCHAR NOT NULL,
    officer VARCHAR NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE correction_decisions IS '校核纠错的处理结论，后定者为准';
COMMENT ON COLUMN correction_decisions.correction_id IS '来件编号';
COMMENT ON COLUMN correction_decisions.item IS '来件中的序号';
COMMENT ON COLUMN correction_decisions.outcome IS
    'confirmed 原件如此；corrected 已按原件更正；noted 原件如此，另作异常备注；unclear 无法判断';
COMMENT ON COLUMN correction_decisions.officer IS '经办人名片指纹前 16 位';
COMMENT ON COLUMN correction_decisions.decided_at IS '定论时间';

CREATE VIEW correction_list AS
SELECT c.*, d.outcome, d.officer, d.decided_at
FROM corrections AS c
LEFT JOIN (
    SELECT * FROM correction_decisions
    QUALIFY row_number() OVER (PARTITION BY correction_id, item ORDER BY decided_at DESC) = 1
) AS d USING (correction_id, item);
COMMENT ON VIEW correction_list IS '校核纠错清单：每项连同现行结论，未定者为空';
