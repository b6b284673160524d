-- $1 days that a mail is kept when it has ended, $2 the id of the last one that
-- was looked at, $3 at most so many.
SELECT looked_at, removed, coalesce(last_id, $2) AS last_id
FROM koshin.remove_mails($1, $2, $3)
