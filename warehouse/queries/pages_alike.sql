-- Pages of a batch that look like another page and say the same. Where key fields were read, at
-- least three are compared and two in three are equal; two papers of one form alone look alike as
-- well. Pages without any must be the same picture but for three bits of the fingerprint: they
-- then share one of its four parts.
WITH keyed AS (
    SELECT batch_id, page_id, row, field, value
    FROM fields
    WHERE tail IN (
        'name', 'holder', 'birth_date', 'registration_date', 'certificate_number', 'id_number'
    ) AND value <> ''
),
own AS (SELECT * FROM keyed WHERE batch_id = $batch_id),
seen AS (
    SELECT page_id, batch_id, kind, fingerprint
    FROM pages
    WHERE status = 'read' AND fingerprint IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY page_id ORDER BY loaded_at) = 1
),
met AS (
    SELECT DISTINCT a.page_id, b.page_id AS other
    FROM own AS a
    JOIN keyed AS b ON b.field = a.field AND b.value = a.value AND b.row = a.row
    WHERE a.field IN ('certificate_number', 'male.name', 'female.name') AND a.page_id <> b.page_id
),
same AS (
    SELECT m.page_id, m.other
    FROM met AS m
    JOIN own AS a ON a.page_id = m.page_id
    JOIN keyed AS b ON b.page_id = m.other AND b.row = a.row AND b.field = a.field
    GROUP BY m.page_id, m.other
    HAVING count(*) >= 3 AND 3 * count(*) FILTER (a.value = b.value) >= 2 * count(*)
),
bare AS (
    SELECT s.*, unnest([0, 16, 32, 48]) AS part
    FROM seen AS s
    WHERE s.page_id NOT IN (SELECT k.page_id FROM keyed AS k)
),
pictures AS (
    SELECT DISTINCT a.page_id, b.page_id AS other
    FROM bare AS a
    JOIN bare AS b
        ON b.part = a.part
        AND ((b.fingerprint >> b.part) & 65535) = ((a.fingerprint >> a.part) & 65535)
    WHERE a.batch_id = $batch_id AND a.page_id <> b.page_id AND a.kind = b.kind
        AND bit_count(xor(a.fingerprint, b.fingerprint)) <= 3
),
pairs AS (
    SELECT s.page_id, s.other
    FROM same AS s
    JOIN seen AS a ON a.page_id = s.page_id
    JOIN seen AS b ON b.page_id = s.other AND b.kind = a.kind
    WHERE bit_count(xor(a.fingerprint, b.fingerprint)) <= 28
    UNION
    SELECT page_id, other FROM pictures
)
SELECT p.page_id, p.other
FROM pairs AS p
JOIN seen AS b ON b.page_id = p.other
-- Of two pages of one batch the later one is the repetition.
WHERE b.batch_id <> $batch_id OR p.other < p.page_id
ORDER BY p.page_id, p.other
