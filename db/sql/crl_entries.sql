-- A page of a list: $1 and $2 the end and the serial of the last one of the page
-- before, $3 at most so many.
SELECT r.serial AS serial, koshin.epoch(r.revoked_at) AS revoked_at,
    r.reason AS reason, koshin.epoch(r.not_after) AS not_after
FROM koshin.revocation r
WHERE (r.not_after, r.serial) > (to_timestamp($1::bigint), $2::bytea)
ORDER BY r.not_after, r.serial LIMIT $3::int
