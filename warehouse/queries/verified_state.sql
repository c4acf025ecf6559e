-- What is verified at present: another state, another index of people.
SELECT
    (SELECT count(*) FROM record_values) AS entries,
    (SELECT max(verified_at) FROM record_values)::VARCHAR AS as_of
