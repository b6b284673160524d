    , s.position AS position, s.mac AS mac, p.mac AS mac_before, o.mac AS mac_own
-- $1 the position of our own head.
FROM (SELECT * FROM koshin.audit_seal ORDER BY position DESC LIMIT 1) s
LEFT JOIN koshin.audit a ON a.id = s.audit
LEFT JOIN koshin.audit_seal p ON p.position = s.position - 1
LEFT JOIN koshin.audit_seal o ON o.position = $1::bigint
