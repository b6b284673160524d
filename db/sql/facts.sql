    a.name AS name,
    a.email AS email,
    a.locale AS locale,
    again.der AS der,
    -- enum ledger_known. The order is of weight: a code that was not mailed
    -- to this account is worth nothing (a minute for who was on the way); the
    -- same request as before gets its certificate even when its code and key
    -- are "taken", by itself.
    CASE
    WHEN q.code_id IS NOT NULL AND NOT EXISTS (SELECT FROM koshin.mail m
	WHERE m.account = a.id AND m.code_id = q.code_id
	AND m.dies_at > now() - interval '1 minute') THEN 5
    WHEN again.der IS NOT NULL THEN 1
    WHEN q.code_id IS NOT NULL AND EXISTS (SELECT FROM koshin.certificate s
	WHERE s.code_id = q.code_id AND s.state <> 'abandoned'
	AND NOT (s.state = 'reserved' AND s.account = a.id
	    AND (s.csr_digest = q.csr_digest OR s.lease_until <= now())))
	THEN 4
    WHEN koshin.key_taken(a.id, q.key_identity) THEN 3
    -- One whose lease is over is closed by reserve().
    WHEN (SELECT s.lease_until > now() FROM koshin.certificate s
	WHERE s.account = a.id AND s.state = 'reserved') THEN 2
    ELSE 0
    END AS known
-- For each place of the arrays one row, in their order: $1 account, $2 CSR
-- digest, $3 key identity, $4 code id or NULL, $5 presented serial or NULL.
FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
    WITH ORDINALITY
    AS q (account, csr_digest, key_identity, code_id, presented, place)
LEFT JOIN koshin.account a ON a.id = q.account
LEFT JOIN koshin.contract k ON k.number = a.contract
LEFT JOIN koshin.certificate c ON c.account = a.id AND c.current
LEFT JOIN koshin.certificate p ON p.serial = q.presented
-- LEDGER_REPEAT_S
LEFT JOIN LATERAL (SELECT s.der FROM koshin.certificate s
    WHERE s.account = a.id AND s.csr_digest = q.csr_digest
    AND s.state = 'issued'
    AND (SELECT r.serial FROM koshin.revocation r
	WHERE r.serial = s.serial) IS NULL
    AND CASE WHEN q.code_id IS NOT NULL THEN s.code_id = q.code_id
	ELSE s.via = 'certificate'
	AND s.issued_at > now() - interval '600 seconds' END
    ORDER BY s.issued_at DESC LIMIT 1) again ON true
ORDER BY q.place
