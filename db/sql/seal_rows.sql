-- $1 at most so many. Rows are fetched one by one, by their ids; no plan that
-- reads the whole trail may ever seem cheaper.
FROM (SELECT u.audit FROM koshin.audit_unsealed u ORDER BY u.audit) w
CROSS JOIN LATERAL (SELECT * FROM koshin.audit x
    WHERE x.id = w.audit OFFSET 0) a
ORDER BY w.audit LIMIT $1::int
