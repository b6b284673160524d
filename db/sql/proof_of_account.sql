-- $1 user ID.
SELECT a.*, $1::text AS user_id FROM koshin.proof_of_account($1::text) a
