-- 各字段只凭机器、未经人核对的比例，最高者在前。
-- The share of each field's values that rest on the machine alone, the highest first.
SELECT field, settled, by_machine / settled AS machine_alone, by_keying, by_staff
FROM quality_by_field
ORDER BY machine_alone DESC, field;
