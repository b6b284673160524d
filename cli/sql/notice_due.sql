-- One step of $6 certificates, behind the last of the step before: $4 time,
-- $5 serial, which are `last_time` and `last_serial` of its row; or the current
-- one of user $7, which a walk meets that begins just before it (a serial has 20
-- bytes). $1 to $3 are moments of policy/notice. A row without a kind draws no
-- notice.
SELECT user_id, kind, encode(serial, 'hex') AS serial, open,
    koshin.epoch(not_before) AS not_before,
    koshin.epoch(not_after) AS not_after,
    koshin.epoch(told_at) AS told_at, mail_state,
    not_after::text AS last_time, n.serial::text AS last_serial
FROM (SELECT $4::timestamptz, $5::bytea, $6::int WHERE $7::text IS NULL
    UNION ALL
    SELECT c.not_after, substring(c.serial FOR 19), 1
    FROM koshin.certificate c
    JOIN koshin.account a ON a.id = c.account
    WHERE a.user_id = $7 AND c.current) behind (after_time,
    after_serial, most)
CROSS JOIN LATERAL koshin.due_notices(to_timestamp($1::bigint),
    to_timestamp($2::bigint), to_timestamp($3::bigint),
    behind.after_time, behind.after_serial, behind.most) n
ORDER BY n.not_after, n.serial
