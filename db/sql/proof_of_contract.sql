-- $1 contract. It is told as an account without an id, with the columns of
-- koshin.proof_of_account().
SELECT 0 AS id, '' AS user_id, $1::text AS contract, 'master' AS role,
    c.hash, false AS temporary_password, c.state, c.locks, c.locked_until
FROM koshin.proof_of_contract($1::text) c
