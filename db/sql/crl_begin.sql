-- A number and dates for a new list: of the CA $1, valid for $2 seconds, above
-- the number $3.
SELECT c.number, koshin.epoch(c.this_update) AS this_update,
    koshin.epoch(c.next_update) AS next_update
FROM koshin.begin_crl($1, $2::int, $3::bigint) c
