-- Everything given to departments, and what they confirmed of it.
SELECT
    s.share_id, s.agreement_id, s.department, s.records, s.shared_at,
    r.receipt_id, r.records AS confirmed, r.agrees, r.received_at
FROM shares AS s
LEFT JOIN receipts AS r USING (share_id)
ORDER BY s.shared_at, s.share_id, r.received_at
