-- Confidences are added up exactly, so that the same rows give the same figure in any order; and
-- words on columns that have come to say more.

COMMENT ON COLUMN shares.content IS
    '内容：空或 records 记录；comparison 比对答复；statistics 统计；corrections 纠错答复；differences 校核纠错清单';
COMMENT ON COLUMN pages.loaded_at IS '入库时间，同次入库各页相差至多 10 毫秒，以便查找；早于此栏者为空值';

CREATE OR REPLACE VIEW quality_by_batch AS
WITH read AS (
    SELECT
        batch_id,
        count(*) AS fields,
        count(*) FILTER (decided_source = 'policy') AS accepted,
        count(*) FILTER (decided_source IN ('consensus', 'arbitration')) AS keyed,
        count(*) FILTER (decided_source = 'staff') AS by_staff,
        count(*) FILTER (decided_source IS NULL) AS undecided,
        avg(confidence::DECIMAL(18, 12)) AS stated_confidence,
        avg((decided_value = value)::INTEGER) FILTER (
            decided_source IN ('consensus', 'arbitration', 'staff')
        ) AS machine_right_where_keyed
    FROM decided_fields
    GROUP BY batch_id
),
verified AS (SELECT batch_id, count(*) AS records FROM records GROUP BY batch_id),
judged AS (
    SELECT batch_id, last(outcome ORDER BY judged_at) AS inspection
    FROM lots
    WHERE outcome <> 'drawn'
    GROUP BY batch_id
),
doubted AS (
    SELECT
        batch_id,
        count(*) FILTER (held) AS kept_out,
        count(DISTINCT row_id) FILTER (NOT held) AS doubted
    FROM present_doubts
    GROUP BY batch_id
)
SELECT
    b.batch_id, b.name, b.policy, b.demonstration, b.created_at,
    r.fields, r.accepted, r.keyed, r.by_staff, r.undecided,
    r.stated_confidence, r.machine_right_where_keyed,
    coalesce(v.records, 0) AS records_verified,
    j.inspection,
    coalesce(d.kept_out, 0) AS rows_kept_out,
    coalesce(d.doubted, 0) AS records_doubted
FROM batches AS b
LEFT JOIN read AS r USING (batch_id)
LEFT JOIN verified AS v USING (batch_id)
LEFT JOIN judged AS j USING (batch_id)
LEFT JOIN doubted AS d USING (batch_id);
COMMENT ON VIEW quality_by_batch IS '各批质量：字段由谁定下、机器与人是否一致、核定件数、抽检结论、疑点';
