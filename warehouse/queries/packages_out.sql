-- Every package that was released, and how much of it came back.
SELECT
    p.package_id, p.agreement_id, p.vendor_id, p.items, p.file, p.sealed_at, p.expires_at,
    (
        SELECT count(DISTINCT e.item_id) FROM submissions AS s JOIN entries AS e USING (submission_id)
        WHERE s.package_id = p.package_id
    ) AS answered
FROM packages AS p
ORDER BY p.sealed_at, p.package_id
