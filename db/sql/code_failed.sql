-- $1 account, $2 a code's id. Has its mail failed for good, so that nobody has
-- that code?
SELECT m.state = 'failed' AS failed
FROM koshin.mail m
WHERE m.account = $1::bigint AND m.code_id = $2::bytea
