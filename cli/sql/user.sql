-- `a` an account, `c` its current certificate, `s` how the account reads: a
-- lock that is over is none.
FROM koshin.account a
LEFT JOIN koshin.certificate c ON c.account = a.id AND c.current
LEFT JOIN LATERAL (SELECT a.locked_until AS locked_until
    WHERE a.state = 'active' AND a.locked_until > now()) l ON true
CROSS JOIN LATERAL (SELECT l.locked_until AS locked_until,
    CASE WHEN l.locked_until IS NULL THEN a.state ELSE 'locked' END
	AS state) s
