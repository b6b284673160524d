    a.name AS name,
    a.email AS email,
    a.locale AS locale,
    a.password_hash AS password_hash
-- $1 user ID, $2 presented serial or NULL, $3 SHA-256 of its DER or NULL.
-- One row always: somebody unknown takes the same way (I-15).
FROM (SELECT 1) one
LEFT JOIN koshin.account a ON a.user_id = $1::text
LEFT JOIN koshin.contract k ON k.number = a.contract
LEFT JOIN koshin.certificate c ON c.account = a.id AND c.current
LEFT JOIN koshin.certificate p ON p.serial = $2::bytea
    AND p.fingerprint = $3::bytea
