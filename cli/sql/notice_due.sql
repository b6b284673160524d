-- $1 to $3 are moments of policy/notice, $4 `all` or not, $5 user ID or NULL,
-- $6 how many.
SELECT user_id, kind, encode(serial, 'hex') AS serial,
    koshin.epoch(not_before) AS not_before,
    koshin.epoch(not_after) AS not_after,
    koshin.epoch(told_at) AS told_at, mail_state
FROM koshin.due_notices(to_timestamp($1::bigint), to_timestamp($2::bigint),
    to_timestamp($3::bigint)) n
WHERE kind IS NOT NULL AND open AND ($4::text = 'all' OR told_at IS NULL)
    AND ($5::text IS NULL OR user_id = $5)
ORDER BY n.not_after, n.serial
LIMIT $6::bigint
