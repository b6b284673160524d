-- `a` a row of the trail, `s` its seal, `u` whose account it is about. A row
-- about a contract has no account; an infinite time is no time (`t`).
FROM koshin.audit a
LEFT JOIN koshin.audit_seal s ON s.audit = a.id
LEFT JOIN koshin.account u ON u.id = a.account
CROSS JOIN LATERAL (SELECT
    CASE WHEN isfinite(a.at) THEN a.at END AS at,
    coalesce(u.contract, substring(a.object FROM '^contract:(.*)$'))
	AS contract) t
