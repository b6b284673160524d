-- $1 contract. It is told as an account without an id, with the columns of
-- proof_of_account.sql.
SELECT 0 AS id, '' AS user_id, c.number AS contract, 'master' AS role,
    c.initial_password_hash AS hash, false AS temporary_password, c.state,
    c.locks, koshin.epoch(c.locked_until) AS locked_until
FROM koshin.contract c WHERE c.number = $1::text
