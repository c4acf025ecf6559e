-- Batches whose verified records are not among the events yet: this one, and those of a warehouse
-- that was filled before events were noted.
SELECT batch_id FROM records WHERE batch_id = $batch_id
UNION
SELECT batch_id FROM records WHERE batch_id NOT IN (SELECT batch_id FROM events)
ORDER BY batch_id
