-- What a master's desk reads (R-WEB-5): the users of the contract of the
-- session. They run with the rights of whoever asks, so that row level security
-- is behind the contract that they name (I-14); for a general user there is
-- nobody.

-- Each user, how it reads, and to which of the desk's lists it belongs. A
-- closed one is only among those that may be opened again. `refused_at`: the
-- last mail to the address of today was refused for good. A certificate that
-- nobody has seen in use is not installed.
CREATE FUNCTION koshin.desk_users(month_ends timestamptz)
RETURNS TABLE (user_id text, role text, name text, email text, state text,
    locked_until timestamptz, temporary_password boolean, serial bytea,
    not_after timestamptz, installed_at timestamptz, refused_at timestamptz,
    closed_at timestamptz, lists text[])
LANGUAGE sql STABLE AS $$
	SELECT a.user_id, a.role, a.name, a.email, s.state, l.locked_until,
	    a.temporary_password, c.serial, c.not_after, c.installed_at,
	    m.refused_at, CASE WHEN a.state = 'closed' THEN a.closed_at END,
	    CASE WHEN a.state = 'closed' THEN array_remove(ARRAY[
		CASE WHEN koshin.reopens(a.closed_at) THEN 'closed' END], NULL)
	    ELSE array_remove(ARRAY['all',
		CASE WHEN c.serial IS NULL OR c.not_after <= now()
		    THEN 'without'
		    WHEN c.not_after <= month_ends THEN 'expiring' END,
		CASE WHEN c.not_after > now() AND c.installed_at IS NULL
		    AND a.role <> 'device' THEN 'uninstalled' END,
		CASE WHEN s.state IN ('locked', 'blocked') THEN 'locked' END,
		CASE WHEN m.refused_at IS NOT NULL THEN 'bounced' END], NULL)
	    END
	FROM koshin.account a
	-- One by one: there are accounts of others, and certificates.
	LEFT JOIN LATERAL (SELECT x.serial, x.not_after, x.installed_at
	    FROM koshin.certificate x WHERE x.account = a.id AND x.current
	    LIMIT 1) c ON true
	LEFT JOIN LATERAL (SELECT a.locked_until AS locked_until
	    WHERE a.state = 'active' AND a.locked_until > now()) l ON true
	CROSS JOIN LATERAL (SELECT CASE WHEN l.locked_until IS NULL
	    THEN a.state ELSE 'locked' END AS state) s
	LEFT JOIN LATERAL (SELECT x.done_at AS refused_at
	    FROM koshin.mail x WHERE x.account = a.id
	    AND x.state = 'failed' AND x.recipient = a.email
	    AND NOT EXISTS (SELECT FROM koshin.mail y
		WHERE y.account = a.id AND y.id > x.id
		AND y.state = 'sent' AND y.recipient = a.email)
	    ORDER BY x.id DESC LIMIT 1) m ON true
	WHERE a.contract = (SELECT koshin.session_contract())
	AND (SELECT koshin.session_only()) IS NULL
$$;

-- A page of one of these lists, behind the row of user `after` (NULL: the
-- first), in an order of `sort`: user_id, name, state, not_after. `search` is
-- in the user ID, the name or the address, in any case of letters; `found` is
-- how many there are on all pages.
CREATE FUNCTION koshin.desk_list(month_ends timestamptz, list text,
    search text, sort text, down boolean, after text, most integer)
RETURNS TABLE (user_id text, role text, name text, email text, state text,
    locked_until timestamptz, temporary_password boolean, serial bytea,
    not_after timestamptz, installed_at timestamptz, refused_at timestamptz,
    closed_at timestamptz, found bigint)
LANGUAGE sql STABLE AS $$
	WITH held AS MATERIALIZED (
	    SELECT u.*, (CASE sort WHEN 'name' THEN u.name
		WHEN 'state' THEN u.state
		WHEN 'not_after' THEN coalesce(to_char(
		    u.not_after AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS'), '')
		ELSE '' END) COLLATE "C" AS key,
		u.user_id COLLATE "C" AS id
	    FROM koshin.desk_users(month_ends) u),
	listed AS MATERIALIZED (
	    SELECT h.* FROM held h WHERE list = ANY (h.lists)
	    AND (search = '' OR position(lower(search) IN lower(concat_ws(
		E'\n', h.user_id, h.name, h.email))) > 0)),
	behind AS MATERIALIZED (SELECT h.key, h.id FROM held h
	    WHERE h.user_id = after)
	SELECT l.user_id, l.role, l.name, l.email, l.state, l.locked_until,
	    l.temporary_password, l.serial, l.not_after, l.installed_at,
	    l.refused_at, l.closed_at, (SELECT count(*) FROM listed)
	FROM listed l LEFT JOIN behind b ON true
	WHERE after IS NULL OR CASE
	    WHEN down THEN (l.key, l.id) < (b.key, b.id)
	    ELSE (l.key, l.id) > (b.key, b.id) END
	ORDER BY CASE WHEN down THEN l.key END DESC,
	    CASE WHEN down THEN l.id END DESC, l.key, l.id
	LIMIT most
$$;

-- How many are on each of the lists.
CREATE FUNCTION koshin.desk_figures(month_ends timestamptz)
RETURNS TABLE ("all" bigint, without bigint, expiring bigint,
    uninstalled bigint, locked bigint, bounced bigint, closed bigint)
LANGUAGE sql STABLE AS $$
	SELECT count(*) FILTER (WHERE 'all' = ANY (lists)),
	    count(*) FILTER (WHERE 'without' = ANY (lists)),
	    count(*) FILTER (WHERE 'expiring' = ANY (lists)),
	    count(*) FILTER (WHERE 'uninstalled' = ANY (lists)),
	    count(*) FILTER (WHERE 'locked' = ANY (lists)),
	    count(*) FILTER (WHERE 'bounced' = ANY (lists)),
	    count(*) FILTER (WHERE 'closed' = ANY (lists))
	FROM koshin.desk_users(month_ends)
$$;

-- How much a master may still do: lift for that user, give it a password, close
-- users of the contract (T6, T7). No row: there is no master's session.
CREATE FUNCTION koshin.desk_left(which text)
RETURNS TABLE (lifts bigint, passwords bigint, closes bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT greatest(s.lifts - done_today('account.unlock', a.id), 0),
	    greatest(s.passwords - done_today('account.password', a.id), 0),
	    greatest(s.closes - (SELECT count(*) FROM account c
		WHERE c.contract = s.contract
		AND c.closed_at > now() - interval '1 hour'), 0)
	FROM current_session() s
	LEFT JOIN account a ON a.user_id = which AND a.contract = s.contract
	WHERE session_contract() IS NOT NULL AND session_only() IS NULL
$$;
