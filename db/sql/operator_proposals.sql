-- $1 at most.
SELECT json_strip_nulls(json_build_object('proposals', coalesce(json_agg(
    json_build_object('id', d.id, 'act', d.act, 'what', d.what,
    'why', d.why, 'reason', d.reason, 'state', d.state,
    'proposed_by', d.proposed_by,
    'proposed_at', koshin.moment(d.proposed_at),
    'ends_at', koshin.moment(d.ends_at), 'decided_by', d.decided_by,
    'decided_at', koshin.moment(d.decided_at), 'mine', d.mine)
    ORDER BY d.ordinality), '[]')))
FROM koshin.operator_proposals($1::int) WITH ORDINALITY d
