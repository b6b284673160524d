-- $1 user ID.
SELECT a.id, a.user_id, a.contract, a.role, a.password_hash AS hash,
    a.temporary_password, a.state, a.locks,
    koshin.epoch(a.locked_until) AS locked_until
FROM koshin.account a WHERE a.user_id = $1::text
