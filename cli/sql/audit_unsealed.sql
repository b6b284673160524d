-- Rows without a seal, among the $2 behind id $1. Fresh ones may be waiting
-- for it, but a time that has not come yet does not make a row fresh. A seal
-- below position 1 is none.
WITH a AS (SELECT x.id, x.at,
	EXISTS (SELECT FROM koshin.audit_seal s
	    WHERE s.audit = x.id AND s.position > 0) AS sealed
    FROM koshin.audit x
    WHERE x.id > $1::bigint ORDER BY x.id LIMIT $2::bigint),
bare AS (SELECT id FROM a WHERE NOT sealed
    AND NOT EXISTS (SELECT FROM koshin.audit_unsealed u WHERE u.audit = id
	AND at BETWEEN clock_timestamp() - interval '10 s'
	AND clock_timestamp() + interval '5 s'))
SELECT (SELECT max(id) FROM a) AS last, (SELECT count(*) FROM a) AS looked_at,
    (SELECT count(*) FROM bare) AS bare, (SELECT min(id) FROM bare) AS first
