-- $1 user, $2 how many: its certificates that were issued, the newest first.
SELECT
    encode(c.serial, 'hex') AS serial,
    c.profile AS profile,
    koshin.epoch(c.not_before) AS not_before,
    koshin.epoch(c.not_after) AS not_after,
    c.current AS current,
    c.installed_at IS NOT NULL AS installed,
    r.serial IS NOT NULL AS revoked
FROM koshin.account a
JOIN koshin.certificate c ON c.account = a.id AND c.state = 'issued'
LEFT JOIN koshin.revocation r ON r.serial = c.serial
WHERE a.user_id = $1 AND a.contract = (SELECT koshin.session_contract())
ORDER BY c.not_before DESC, c.serial
LIMIT $2::integer
