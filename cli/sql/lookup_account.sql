-- $1 user ID, $2 contract of the session or NULL.
SELECT a.id AS id, a.user_id AS user_id, a.contract AS contract,
    a.role AS role, a.state AS state
FROM koshin.account a
WHERE a.user_id = $1 AND ($2::text IS NULL OR a.contract = $2)
