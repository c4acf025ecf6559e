-- The samples that were drawn of a batch and the verdicts on it, the latest first.
SELECT lot_id, outcome, sampled, wrong, judged_at
FROM lots
WHERE batch_id = $batch_id
ORDER BY judged_at DESC, lot_id DESC
