-- Events of a batch's people that contradict the event before, once a record and kind.
SELECT DISTINCT
    'records' AS table_name, e.record_id AS row_id, e.contradiction AS broken, false AS held,
    r.batch_id, $now::TIMESTAMPTZ AS noted_at,
    CASE e.contradiction
        WHEN 'recorded_twice' THEN '同一婚姻登记两次 · the same marriage stands twice'
        WHEN 'married_while_married'
            THEN '前婚未见终止（法院离婚、丧偶不在本库） · no end of the marriage before'
        WHEN 'divorced_while_divorced' THEN '离婚之后又离婚 · a divorce follows a divorce'
        WHEN 'divorced_from_another' THEN '离婚对象不是前婚配偶 · divorced from another'
    END AS reason
FROM life_events AS e
JOIN records AS r USING (record_id)
WHERE e.contradiction IS NOT NULL
