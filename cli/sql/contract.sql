-- `c` a contract, `s` how it reads.
FROM koshin.contract c
CROSS JOIN LATERAL (SELECT
    CASE WHEN c.state = 'active' AND c.locked_until > now() THEN 'locked'
	ELSE c.state END AS state,
    (SELECT count(*) FROM koshin.account a
	WHERE a.contract = c.number AND a.state <> 'closed') AS users) s
