-- How many records left under an agreement so far.
SELECT coalesce(sum(records), 0)::BIGINT AS records
FROM shares
WHERE agreement_id = $agreement_id
