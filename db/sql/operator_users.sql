-- $1 search, $2 contract, $3 state, $4 sort, $5 down, $6 behind that user, $7 at
-- most.
SELECT json_strip_nulls(json_build_object('users', coalesce(json_agg(
    json_build_object('user', d.user_id, 'contract', d.contract,
    'role', d.role, 'name', d.name, 'email', d.email, 'locale', d.locale,
    'state', d.state, 'locked_until', koshin.moment(d.locked_until),
    'locks', d.locks, 'temporary', d.temporary_password,
    'made_at', koshin.moment(d.made_at),
    'certificate', CASE WHEN d.serial IS NOT NULL THEN json_build_object(
	'serial', encode(d.serial, 'hex'),
	'not_after', koshin.moment(d.not_after),
	'installed', d.installed_at IS NOT NULL) END,
    'closed_at', koshin.moment(d.closed_at), 'reopens', d.reopens)
    ORDER BY d.ordinality), '[]'),
    'after', CASE WHEN count(*) = $7::int
	THEN (array_agg(d.user_id ORDER BY d.ordinality DESC))[1] END))
FROM koshin.operator_users($1, $2, $3, $4, $5::boolean, $6, $7::int)
    WITH ORDINALITY d
