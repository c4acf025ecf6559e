-- The latest figures of the joining risk of a package.
SELECT extent, target, attack, claims, right_claims, expected, by_chance, tests, measured_at
FROM joining_risks
WHERE package_id = $package_id
QUALIFY measured_at = max(measured_at) OVER ()
ORDER BY extent, target, attack
