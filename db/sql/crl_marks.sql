-- What tells whether there is anything new for a list: how many were revoked
-- since $1, or NULL, and the last wish. `since` is for the next time: whatever
-- is open now will have been committed by then.
SELECT (SELECT count(*) FROM koshin.revocation r
	WHERE r.revoked_at >= to_timestamp($1::bigint)) AS revoked,
    (SELECT max(w.id) FROM koshin.crl_wish w) AS wish,
    koshin.epoch(now()) AS now
