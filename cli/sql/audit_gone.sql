-- What waits for a seal, and is no more.
SELECT count(*) AS gone, min(u.audit) AS first
FROM koshin.audit_unsealed u
WHERE NOT EXISTS (SELECT FROM koshin.audit a WHERE a.id = u.audit)
