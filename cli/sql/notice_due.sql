-- One step of $6 certificates, behind the last of the step before: $4 time,
-- $5 serial, which are `last_time` and `last_serial` of its row. $1 to $3 are
-- moments of policy/notice. A row without a kind draws no notice.
SELECT user_id, kind, encode(serial, 'hex') AS serial, open,
    koshin.epoch(not_before) AS not_before,
    koshin.epoch(not_after) AS not_after,
    koshin.epoch(told_at) AS told_at, mail_state,
    not_after::text AS last_time, n.serial::text AS last_serial
FROM koshin.due_notices(to_timestamp($1::bigint), to_timestamp($2::bigint),
    to_timestamp($3::bigint), $4::timestamptz, $5::bytea, $6::int) n
ORDER BY n.not_after, n.serial
