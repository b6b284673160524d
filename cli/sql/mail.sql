-- `m` a mail, `a` to whom, `s` how it reads: what is done is due no more.
FROM koshin.mail m
LEFT JOIN koshin.account a ON a.id = m.account
CROSS JOIN LATERAL (SELECT
    CASE WHEN m.state = 'queued' THEN m.due_at END AS due_at) s
