-- $1 account, $2 how many: its certificates that were issued, the newest first.
SELECT
    c.serial AS serial,
    c.profile AS profile,
    koshin.epoch(c.not_before) AS not_before,
    koshin.epoch(c.not_after) AS not_after,
    c.current AS current,
    r.serial IS NOT NULL AS revoked
FROM koshin.certificate c
LEFT JOIN koshin.revocation r ON r.serial = c.serial
WHERE c.account = $1::bigint AND c.state = 'issued'
ORDER BY c.not_before DESC, c.serial
LIMIT $2::integer
