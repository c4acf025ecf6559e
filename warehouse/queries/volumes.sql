-- Archive codes that were given: the volumes of one series of numbers each.
SELECT archive_code, fonds, year, nature, retention, number, basis, given_at FROM volumes ORDER BY archive_code
