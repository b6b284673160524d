-- $1 user, $2 contract, $3 action, $4 since, $5 until (seconds since 1970 or
-- NULL), $6 below that id, $7 at most. Where it is sought by time alone, ids may
-- come in another order.
SELECT json_strip_nulls(json_build_object('rows', coalesce(json_agg(
    json_build_object('id', d.id, 'at', koshin.moment(d.at),
    'actor', d.actor, 'role', d.role, 'action', d.action,
    'object', d.object, 'user', d.user_id, 'contract', d.contract,
    'reason', d.details::json ->> 'reason',
    'proposed_by', d.details::json ->> 'proposed_by',
    'remark', d.details::json ->> 'remark')
    ORDER BY d.ordinality), '[]'),
    'before', CASE WHEN count(*) = $7::int
	THEN (array_agg(d.id ORDER BY d.ordinality DESC))[1] END))
FROM koshin.operator_audit($1, $2, $3, to_timestamp($4::bigint),
    to_timestamp($5::bigint), $6::bigint, $7::int) WITH ORDINALITY d
