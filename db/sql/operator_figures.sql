-- $1 hour or day, $2 time zone, $3 how many: up to now, the current one the last.
SELECT json_build_object('rows', coalesce(json_agg(json_build_object(
    'at', koshin.moment(d.at), 'issued', d.issued, 'renewed', d.renewed,
    'revoked', d.revoked, 'locked', d.locked, 'mailed', d.mailed,
    'failed', d.failed) ORDER BY d.at), '[]'))
FROM koshin.operator_figures(
    (date_trunc($1, now() AT TIME ZONE $2)
	- ($3::int - 1) * ('1 ' || $1)::interval) AT TIME ZONE $2,
    now(), $1, $2) d
