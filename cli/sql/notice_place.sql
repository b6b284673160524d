-- Where a walk along the certificates has to begin to meet the current one of
-- user $1 first: serials have 20 bytes.
SELECT c.not_after::text AS last_time,
    substring(c.serial FOR 19)::text AS last_serial
FROM koshin.certificate c
JOIN koshin.account a ON a.id = c.account
WHERE a.user_id = $1 AND c.current
