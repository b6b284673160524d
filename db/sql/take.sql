-- $1 at most so many, $2 seconds of the lease, $3 code mails only.
SELECT m.*, koshin.epoch(clock_timestamp()) AS taken_at
FROM koshin.take_mails($1, $2, $3) m
