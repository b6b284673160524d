-- $1 digest of the token of a calendar's address.
SELECT f.locale AS locale,
    f.user_id AS user_id,
    encode(f.serial, 'hex') AS serial,
    f.profile AS profile,
    koshin.epoch(f.not_before) AS not_before,
    koshin.epoch(f.not_after) AS not_after
FROM koshin.feed($1::bytea) f
