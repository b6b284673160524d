-- $1 present, $2 second and $3 first limit (policy/notice), $4 time and $5
-- serial of the last one, NULL at the beginning, $6 at most so many.
SELECT looked_at, planned, last_time, last_serial
FROM koshin.plan_notices(
    to_timestamp($1), to_timestamp($2), to_timestamp($3),
    coalesce($4::timestamptz, '-infinity'), coalesce($5::bytea, ''), $6, false)
