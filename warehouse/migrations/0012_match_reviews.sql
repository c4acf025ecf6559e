-- What a look at an answer is worth, what should be known of it, who of the staff gave it, and
-- the models that such answers have taught.

ALTER TABLE matches ADD COLUMN worth DOUBLE;
COMMENT ON COLUMN matches.worth IS '看一眼原件所值，扣除看的工夫，以“一眼”为单位；待核者由大到小排';
ALTER TABLE matches ADD COLUMN flags VARCHAR;
COMMENT ON COLUMN matches.flags IS '标记，JSON：two_marriages 同一人另有一件、配偶不同；reissue 同一对另有一件，已合看';
ALTER TABLE matches ADD COLUMN decided_by VARCHAR;
COMMENT ON COLUMN matches.decided_by IS '由档案员认定者为其身份指纹，机器所比则为空';
COMMENT ON COLUMN matches.decision IS 'match 认定；review 待核；none 未认定：库中无此人，或把握不足又轮不到复核';

CREATE TABLE match_models (
    version VARCHAR NOT NULL,
    parameters VARCHAR NOT NULL,
    confirmed INTEGER NOT NULL,
    learnt_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE match_models IS '比对模型：由档案员的认定学得，只增不改';
COMMENT ON COLUMN match_models.version IS '程序的版本号，加其参数的校验值；matches.model 所指';
COMMENT ON COLUMN match_models.parameters IS '各项各级的比重，JSON，不含任何人的数据';
COMMENT ON COLUMN match_models.confirmed IS '学习所据的认定人次';
COMMENT ON COLUMN match_models.learnt_at IS '学成时间';

-- What a person has decided stands, whatever is computed afterwards.
CREATE OR REPLACE VIEW current_matches AS
SELECT * FROM matches
QUALIFY row_number() OVER (
    PARTITION BY batch_id, record_id
    ORDER BY decided_by IS NOT NULL DESC, matched_at DESC, model DESC
) = 1;
COMMENT ON VIEW current_matches IS '每个人的最近一次比对结果；档案员认定的优先';
