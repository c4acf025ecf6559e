-- How often staff have decided on a reading.
SELECT count(*) AS turns FROM decisions WHERE source = 'staff' AND reading_id = $reading_id
