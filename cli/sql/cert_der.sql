-- $1 serial in hexadecimal, $2 contract of the session or NULL.
SELECT c.state AS state, encode(c.der, 'hex') AS hex,
    encode(c.der, 'base64') AS base64
FROM koshin.certificate c
JOIN koshin.account a ON a.id = c.account
WHERE c.serial = decode($1, 'hex') AND ($2::text IS NULL OR a.contract = $2)
