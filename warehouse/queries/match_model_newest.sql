-- The newest of the models whose version begins so.
SELECT version, parameters
FROM match_models
WHERE version LIKE $versions
ORDER BY learnt_at DESC
LIMIT 1
