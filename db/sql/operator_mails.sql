-- $1 to that user, $2 those that were refused alone, $3 below that id, $4 at
-- most.
SELECT json_strip_nulls(json_build_object('mails', coalesce(json_agg(
    json_build_object('id', d.id, 'kind', d.kind, 'state', d.state,
    'user', d.user_id, 'contract', d.contract, 'to', d.recipient,
    'attempts', d.attempts, 'made_at', koshin.moment(d.made_at),
    'done_at', koshin.moment(d.done_at), 'answer', d.last_answer,
    'again', d.again) ORDER BY d.ordinality), '[]'),
    'before', CASE WHEN count(*) = $4::int THEN min(d.id) END))
FROM koshin.operator_mails($1, $2::boolean, $3::bigint,
    $4::int)
    WITH ORDINALITY d
