-- $1 user, $2 at most.
SELECT json_strip_nulls(json_build_object('certificates', coalesce(json_agg(
    json_build_object('serial', encode(d.serial, 'hex'),
    'profile', d.profile, 'state', d.state, 'current', d.current,
    'not_before', koshin.moment(d.not_before),
    'not_after', koshin.moment(d.not_after),
    'installed', d.installed_at IS NOT NULL,
    'revoked_at', koshin.moment(d.revoked_at), 'reason', d.reason)
    ORDER BY d.ordinality), '[]'),
    'more', CASE WHEN count(*) = $2::int THEN true END))
FROM koshin.operator_certificates($1, $2::int) WITH ORDINALITY d
