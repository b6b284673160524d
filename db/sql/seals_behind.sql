    , s.position AS position, encode(s.mac, 'hex') AS mac
-- $1 a position, $2 at most so many. Fetched one by one, as in seal_rows.sql.
FROM koshin.audit_seal s LEFT JOIN LATERAL (SELECT * FROM koshin.audit x
    WHERE x.id = s.audit OFFSET 0) a ON true
WHERE s.position > $1::bigint ORDER BY s.position LIMIT $2::bigint
