-- One step of $6 certificates, behind the last of the step before: $4 time,
-- $5 serial. $1 to $3 are moments of policy/notice.
SELECT looked_at, planned, last_time, last_serial,
    looked_at = $6::int AS more
FROM koshin.plan_notices(to_timestamp($1::bigint), to_timestamp($2::bigint),
    to_timestamp($3::bigint), $4::timestamptz, $5::bytea, $6::int, true)
