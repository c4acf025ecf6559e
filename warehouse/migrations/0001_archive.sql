-- What came in, what was read on it, and what was done: history that only grows.

CREATE TABLE batches (
    batch_id VARCHAR NOT NULL,
    name VARCHAR,
    policy VARCHAR,
    demonstration BOOLEAN,
    created_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE batches IS '批次：一次交来处理的一组扫描件';
COMMENT ON COLUMN batches.policy IS '本批采用的采信规则名称';
COMMENT ON COLUMN batches.demonstration IS '是否为合成演示数据';

CREATE TABLE scans (
    scan_id VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    status VARCHAR NOT NULL,
    entered_at TIMESTAMPTZ NOT NULL,
    media_type VARCHAR,
    pages INTEGER,
    reason VARCHAR,
    detail VARCHAR
);
COMMENT ON TABLE scans IS '扫描文件：每个文件一行，原件不改动';
COMMENT ON COLUMN scans.scan_id IS '文件内容的 SHA-256';
COMMENT ON COLUMN scans.source IS '文件所在路径，原件不移动';
COMMENT ON COLUMN scans.status IS 'taken 收下；其余为搁置，理由见 reason';
COMMENT ON COLUMN scans.reason IS '搁置理由代码';
COMMENT ON COLUMN scans.detail IS '处理建议';

CREATE TABLE pages (
    page_id VARCHAR NOT NULL,
    scan_id VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    page INTEGER NOT NULL,
    status VARCHAR NOT NULL,
    kind VARCHAR,
    era VARCHAR,
    rotation INTEGER,
    width INTEGER,
    height INTEGER,
    dpi INTEGER,
    engine VARCHAR,
    seconds DOUBLE,
    reason VARCHAR,
    detail VARCHAR
);
COMMENT ON TABLE pages IS '页：识读过或搁置的每一页';
COMMENT ON COLUMN pages.page_id IS '文件 SHA-256 加页号';
COMMENT ON COLUMN pages.status IS 'read 已识读；quarantined 搁置';
COMMENT ON COLUMN pages.kind IS '表格种类：结婚证、离婚证、登记簿等';
COMMENT ON COLUMN pages.era IS '登记年代';
COMMENT ON COLUMN pages.rotation IS '扫描件顺时针转过的角度';
COMMENT ON COLUMN pages.seconds IS '识读用时（秒）';

CREATE TABLE readings (
    reading_id VARCHAR NOT NULL,
    page_id VARCHAR NOT NULL,
    row INTEGER NOT NULL,
    field VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    confidence DOUBLE NOT NULL,
    decision VARCHAR NOT NULL,
    engine VARCHAR NOT NULL,
    box_left INTEGER,
    box_top INTEGER,
    box_right INTEGER,
    box_bottom INTEGER,
    alternatives VARCHAR,
    flags VARCHAR,
    lattice BLOB
);
COMMENT ON TABLE readings IS '识读结果：页上每个字段一行，照录原文与规范值并存';
COMMENT ON COLUMN readings.row IS '登记簿行号，自 1 起；无行则为 0';
COMMENT ON COLUMN readings.text IS '照录：页上所写';
COMMENT ON COLUMN readings.value IS '规范值';
COMMENT ON COLUMN readings.confidence IS 'value 正确的概率（已校准）';
COMMENT ON COLUMN readings.decision IS '识读建议：accept 采信，key 交人工录入';
COMMENT ON COLUMN readings.alternatives IS '其他可能的值及概率，JSON';
COMMENT ON COLUMN readings.lattice IS '字符概率格';

CREATE TABLE steps (
    batch_id VARCHAR NOT NULL,
    chunk_id VARCHAR NOT NULL,
    step VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    content_hash VARCHAR NOT NULL,
    items BIGINT,
    seconds DOUBLE,
    recorded_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE steps IS '台账：每批每组每道工序做到哪里';
COMMENT ON COLUMN steps.state IS 'started 开始；done 完成；failed 失败';
COMMENT ON COLUMN steps.content_hash IS '结果内容的校验值，无结果则为空串';

CREATE TABLE matches (
    batch_id VARCHAR NOT NULL,
    record_id VARCHAR NOT NULL,
    person_id VARCHAR,
    probability DOUBLE NOT NULL,
    decision VARCHAR NOT NULL,
    runner_up VARCHAR,
    evidence VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    matched_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE matches IS '比对结果：证件上的人与人口库中的人';
COMMENT ON COLUMN matches.record_id IS '页/行/男女';
COMMENT ON COLUMN matches.person_id IS '人口库中最可能的人，无则为空';
COMMENT ON COLUMN matches.probability IS '后验概率，“库中无此人”也是一种可能';
COMMENT ON COLUMN matches.model IS '模型与人口库索引的版本';

CREATE TABLE differences (
    record_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    archive_value VARCHAR,
    register_value VARCHAR,
    person_id VARCHAR NOT NULL,
    note VARCHAR,
    noted_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE differences IS '异常信息备注：档案与人口库不一致之处，档案文字从不改写';

CREATE TABLE packages (
    package_id VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    agreement_id VARCHAR NOT NULL,
    vendor_id VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL,
    items BIGINT NOT NULL,
    file VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    sealed_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ
);
COMMENT ON TABLE packages IS '发出的密封工作包';
COMMENT ON COLUMN packages.agreement_id IS '保密协议编号';

CREATE TABLE work_items (
    item_id VARCHAR NOT NULL,
    reading_id VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    lot_id VARCHAR NOT NULL,
    package_id VARCHAR NOT NULL,
    keying INTEGER NOT NULL,
    purpose VARCHAR NOT NULL,
    clerk VARCHAR,
    created_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE work_items IS '录入条目：随机编号对应到页上的字段';
COMMENT ON COLUMN work_items.clerk IS '承录人代号（非姓名）';
COMMENT ON COLUMN work_items.keying IS '第几次录入：1 初录，2 复录，3 仲裁';
COMMENT ON COLUMN work_items.purpose IS 'key 录入；audit 抽检；gold 已知答案；arbitration 仲裁';

CREATE TABLE submissions (
    submission_id VARCHAR NOT NULL,
    package_id VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    entries BIGINT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE submissions IS '收回的密封录入结果';

CREATE TABLE entries (
    submission_id VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    reading_id VARCHAR NOT NULL,
    keying INTEGER NOT NULL,
    clerk VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    value VARCHAR,
    mark VARCHAR NOT NULL,
    keystrokes INTEGER,
    keyed_at TIMESTAMPTZ
);
COMMENT ON TABLE entries IS '录入：每人每次所录，一经收下不再改动';
COMMENT ON COLUMN entries.clerk IS '录入员代号（非姓名）';
COMMENT ON COLUMN entries.value IS '规范值；无法辨认则为空值';
COMMENT ON COLUMN entries.mark IS 'ok 已录；unsure 存疑；illegible 无法辨认；empty 空白';

CREATE TABLE consensus (
    reading_id VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    keyings INTEGER NOT NULL,
    value VARCHAR,
    probability DOUBLE NOT NULL,
    outcome VARCHAR NOT NULL,
    machine_agrees BOOLEAN,
    settled_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE consensus IS '合议：机器与各次录入合并后的结果';
COMMENT ON COLUMN consensus.keyings IS '参与合议的录入次数';
COMMENT ON COLUMN consensus.outcome IS
    'agreed 一致；arbitrated 经第三次录入定下；third_keying 待第三次录入；unresolved 未定';

CREATE TABLE decisions (
    reading_id VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE decisions IS '字段定值：由谁、凭什么定下';
COMMENT ON COLUMN decisions.value IS '所定之值；原件空白则为空串';
COMMENT ON COLUMN decisions.source IS 'inherited 承前行；policy 规则采信；consensus 合议；arbitration 仲裁；staff 档案员';

CREATE TABLE lots (
    lot_id VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    sampled BIGINT NOT NULL,
    wrong BIGINT NOT NULL,
    judged_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE lots IS '验收批：抽检结果';

CREATE TABLE records (
    record_id VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    page_id VARCHAR NOT NULL,
    row INTEGER NOT NULL,
    kind VARCHAR,
    era VARCHAR,
    verified_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE records IS '核定记录：各关键字段均已定值的一件';
COMMENT ON COLUMN records.record_id IS '页/行';

CREATE TABLE record_values (
    record_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    reading_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    verified_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE record_values IS '核定记录的各字段值及其来源';

CREATE TABLE shares (
    share_id VARCHAR NOT NULL,
    agreement_id VARCHAR NOT NULL,
    department VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL,
    fields VARCHAR NOT NULL,
    records BIGINT NOT NULL,
    file VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    shared_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE shares IS '共享：按协议交给某部门的核定记录';

CREATE TABLE share_rows (
    share_id VARCHAR NOT NULL,
    row_id VARCHAR NOT NULL,
    record_id VARCHAR NOT NULL
);
COMMENT ON TABLE share_rows IS '共享数据行号与核定记录的对应，供校核纠错回查';

CREATE TABLE audit_anchors (
    head VARCHAR NOT NULL,
    entries BIGINT NOT NULL,
    anchored_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE audit_anchors IS '审计日志链首的存证';
