-- `c` a certificate, `a` whose it is, `r` its revocation, `s` how it reads:
-- valid, expired and revoked are not stored.
FROM koshin.certificate c
JOIN koshin.account a ON a.id = c.account
LEFT JOIN koshin.revocation r ON r.serial = c.serial
CROSS JOIN LATERAL (SELECT CASE
    WHEN c.state <> 'issued' THEN c.state
    WHEN r.serial IS NOT NULL THEN 'revoked'
    WHEN c.not_after <= now() THEN 'expired'
    ELSE 'valid' END AS state) s
