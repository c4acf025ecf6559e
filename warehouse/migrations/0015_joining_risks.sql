-- What an attacker achieved who tried to join the items of a release before it left.

CREATE TABLE joining_risks (
    package_id VARCHAR NOT NULL,
    extent VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    attack VARCHAR NOT NULL,
    claims BIGINT NOT NULL,
    right_claims BIGINT NOT NULL,
    expected DOUBLE NOT NULL,
    by_chance DOUBLE NOT NULL,
    tests BIGINT NOT NULL,
    measured_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE joining_risks IS '拼合风险：外发之前以仿真攻击测得，随该次外发留存';
COMMENT ON COLUMN joining_risks.extent IS
    'queue 该录入机见过的条目；proposal 同次拟外发各录入机合计；vendor 承录方全部条目合在一处';
COMMENT ON COLUMN joining_risks.target IS 'person 同一人的两个身份字段；certificate 同一件的任意两个字段';
COMMENT ON COLUMN joining_risks.attack IS 'looks 看图；order 看次序';
COMMENT ON COLUMN joining_risks.claims IS '攻击者指认的对数';
COMMENT ON COLUMN joining_risks.right_claims IS '其中指对的对数';
COMMENT ON COLUMN joining_risks.expected IS '乱猜可指对的对数';
COMMENT ON COLUMN joining_risks.by_chance IS '优势不超过 2 个百分点的攻击也能指对这么多的概率';
COMMENT ON COLUMN joining_risks.tests IS '同时所作的检验数';
