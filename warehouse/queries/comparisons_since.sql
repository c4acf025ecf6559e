-- How many lists and people a department asked about since a day.
SELECT count(*) AS lists, coalesce(sum(people), 0)::BIGINT AS people
FROM comparisons
WHERE department = $department AND received_at >= $since
