-- The verified records of a batch, a row each, as the checks look at them.
SELECT * FROM couples WHERE batch_id = $batch_id ORDER BY record_id
