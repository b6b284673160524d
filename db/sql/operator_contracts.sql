-- $1 search, $2 state, $3 down, $4 behind that number, $5 at most.
SELECT json_strip_nulls(json_build_object('contracts', coalesce(json_agg(
    json_build_object('contract', d.number, 'name', d.name, 'state', d.state,
    'locked_until', koshin.moment(d.locked_until), 'profiles',
    string_to_array(d.profiles, ','), 'made_at', koshin.moment(d.made_at),
    'master', d.master, 'users', d.users) ORDER BY d.ordinality), '[]'),
    'after', CASE WHEN count(*) = $5::int
	THEN (array_agg(d.number ORDER BY d.ordinality DESC))[1] END))
FROM koshin.operator_contracts($1, $2, $3::boolean, $4, $5::int)
    WITH ORDINALITY d
