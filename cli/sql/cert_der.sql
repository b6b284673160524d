-- $1 serial in hexadecimal, $2 contract of the session or NULL. encode() breaks
-- lines after 76; PEM wants 64 (RFC 7468 2).
SELECT c.state AS state, encode(c.der, 'hex') AS hex,
    rtrim(regexp_replace(translate(encode(c.der, 'base64'), E'\n', ''),
	'(.{64})', E'\\1\n', 'g'), E'\n') AS base64
FROM koshin.certificate c
JOIN koshin.account a ON a.id = c.account
WHERE c.serial = decode($1, 'hex') AND ($2::text IS NULL OR a.contract = $2)
