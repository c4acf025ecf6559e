-- How many items left under an agreement so far.
SELECT coalesce(sum(items), 0)::BIGINT AS items
FROM packages
WHERE agreement_id = $agreement_id
