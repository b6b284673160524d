    again.der AS der,
    -- enum ledger_known. The order is of weight: a code that was not mailed
    -- to this account is worth nothing (a minute for who was on the way); the
    -- same request as before
    -- gets its certificate even when its code and key are "taken", by itself.
    CASE
    WHEN $4::bytea IS NOT NULL AND NOT EXISTS (SELECT FROM koshin.mail m
	WHERE m.account = a.id AND m.code_id = $4::bytea
	AND m.dies_at > now() - interval '1 minute') THEN 5
    WHEN again.der IS NOT NULL THEN 1
    WHEN EXISTS (SELECT FROM koshin.certificate s
	WHERE s.code_id = $4::bytea AND s.state <> 'abandoned'
	AND NOT (s.state = 'reserved' AND s.account = a.id
	    AND s.csr_digest = $2::bytea)) THEN 4
    WHEN koshin.key_taken(a.id, $3::bytea) THEN 3
    WHEN EXISTS (SELECT FROM koshin.certificate s
	WHERE s.account = a.id AND s.state = 'reserved'
	AND s.lease_until > now()) THEN 2
    ELSE 0
    END AS known
-- $1 account, $2 CSR digest, $3 key identity, $4 code id or NULL, $5 presented
-- serial, $6 seconds for which a request by certificate is repeated.
FROM koshin.account a
LEFT JOIN koshin.certificate c ON c.account = a.id AND c.current
LEFT JOIN koshin.certificate p ON p.serial = $5::bytea
LEFT JOIN LATERAL (SELECT s.der FROM koshin.certificate s
    WHERE s.account = a.id AND s.csr_digest = $2::bytea
    AND s.state = 'issued'
    AND NOT EXISTS (SELECT FROM koshin.revocation r
	WHERE r.serial = s.serial)
    AND CASE WHEN $4::bytea IS NOT NULL THEN s.code_id = $4::bytea
	ELSE s.via = 'certificate'
	AND s.issued_at > now() - make_interval(secs => $6::int) END
    ORDER BY s.issued_at DESC LIMIT 1) again ON true
WHERE a.id = $1::bigint
