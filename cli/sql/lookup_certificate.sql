-- Whose an issued certificate is. $1 serial in hexadecimal, $2 contract of the
-- session or NULL.
SELECT a.id AS id, a.user_id AS user_id, a.contract AS contract,
    a.role AS role, a.state AS state, c.profile AS profile
FROM koshin.certificate c
JOIN koshin.account a ON a.id = c.account
WHERE c.serial = decode($1, 'hex') AND c.state = 'issued'
    AND ($2::text IS NULL OR a.contract = $2)
