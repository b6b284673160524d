    a.name AS name,
    a.email AS email,
    a.locale AS locale
-- $1 user ID. Nothing is presented by who looks at somebody else.
FROM koshin.account a
LEFT JOIN koshin.contract k ON k.number = a.contract
LEFT JOIN koshin.certificate c ON c.account = a.id AND c.current
LEFT JOIN koshin.certificate p ON false
WHERE a.user_id = $1::text
