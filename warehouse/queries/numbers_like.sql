-- Certificate numbers that read like the one that is asked for.
SELECT reading_id
FROM readings
WHERE field = 'certificate_number' AND (text = $text OR value = $text)
LIMIT 1
