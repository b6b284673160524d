    '' AS name,
    '' AS email,
    '' AS locale,
    '' AS password_hash
-- $1 presented serial, $2 SHA-256 of its DER. A certificate shows no password:
-- its hash is not asked for. A front asks, which reads neither that nor names
-- and addresses.
FROM koshin.certificate p
JOIN koshin.account a ON a.id = p.account
LEFT JOIN koshin.contract k ON k.number = a.contract
LEFT JOIN koshin.certificate c ON c.account = a.id AND c.current
WHERE p.serial = $1::bytea AND p.fingerprint = $2::bytea
