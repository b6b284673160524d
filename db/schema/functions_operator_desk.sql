-- What an operator's desk reads (R-OPS-5): all contracts. Each function demands
-- the session of one (need_operator), and only then looks with the rights of the
-- owner: whoever comes with the role of members, and no such session, is refused
-- by all of them alike.
--
-- Whole lists are walked along an index, a page at a time, from behind the row
-- that the page before ended with. A statement is planned with its values, so
-- that what is not asked for falls away, and one text serves all orders.

-- How a text begins, as a range that an index has.
CREATE FUNCTION koshin.begins(its text, search text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT its COLLATE "C" >= search COLLATE "C"
	    AND its COLLATE "C" < (search || U&'\+10FFFF') COLLATE "C"
$$;

-- Contracts, by their number. `search` is how the number begins, or the name, in
-- any case of letters; `its_state`: active, locked, blocked, closed, or empty.
CREATE FUNCTION koshin.operator_contracts(search text, its_state text,
    down boolean, after text, most integer)
RETURNS TABLE (number text, name text, state text, locked_until timestamptz,
    profiles text, made_at timestamptz, master text, users bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
	PERFORM need_operator();
	RETURN QUERY
	WITH page AS MATERIALIZED (
	    SELECT c.* FROM contract c
	    WHERE (search = '' OR c.number = ANY (ARRAY(
		(SELECT x.number FROM contract x
		WHERE begins(x.number, search) LIMIT 1000)
		UNION (SELECT x.number FROM contract x
		WHERE begins(lower(x.name COLLATE "C"),
		    lower(search COLLATE "C")) LIMIT 1000))))
	    AND (its_state = '' OR CASE its_state
		WHEN 'active' THEN c.state = 'active'
		    AND (c.locked_until IS NULL OR c.locked_until <= now())
		WHEN 'locked' THEN c.state = 'active'
		    AND c.locked_until > now()
		ELSE c.state = its_state END)
	    AND (after = '' OR CASE WHEN down THEN c.number < after
		ELSE c.number > after END)
	    ORDER BY CASE WHEN down THEN c.number END DESC,
		CASE WHEN NOT down THEN c.number END
	    LIMIT most)
	SELECT p.number, p.name,
	    CASE WHEN p.state = 'active' AND p.locked_until > now()
		THEN 'locked' ELSE p.state END,
	    CASE WHEN p.locked_until > now() THEN p.locked_until END,
	    p.profiles, p.made_at,
	    (SELECT a.user_id FROM account a WHERE a.contract = p.number
		AND a.role = 'master' AND a.state <> 'closed'),
	    (SELECT count(*) FROM account a WHERE a.contract = p.number
		AND a.state IN ('active', 'blocked', 'suspended'))
	FROM page p
	ORDER BY CASE WHEN down THEN p.number END DESC, p.number;
END $$;

-- Whom a search means, at most 1,000: by how the user ID, the name or the
-- address begins, or by the whole serial of a certificate.
CREATE FUNCTION koshin.accounts_meant(search text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, koshin, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
	IF search ~ '^[0-9a-fA-F]{40}$' THEN
		RETURN ARRAY(SELECT account FROM certificate
		    WHERE serial = decode(search, 'hex'));
	END IF;
	RETURN ARRAY((SELECT id FROM account
	    WHERE begins(user_id, search) LIMIT 1000)
	UNION (SELECT id FROM account
	    WHERE begins(lower(name COLLATE "C"),
		lower(search COLLATE "C")) LIMIT 1000)
	UNION (SELECT id FROM account
	    WHERE begins(lower(email COLLATE "C"),
		lower(search COLLATE "C")) LIMIT 1000)
	LIMIT 1000);
END $$;

-- Users, by `sort`: user_id, or contract and user ID. `of_contract` and
-- `its_state` (active, locked, blocked, suspended, closed) may be empty. `after`
-- is the user ID of a row.
CREATE FUNCTION koshin.operator_users(search text, of_contract text,
    its_state text, sort text, down boolean, after text, most integer)
RETURNS TABLE (user_id text, contract text, role text, name text, email text,
    locale text, state text, locked_until timestamptz, locks integer,
    temporary_password boolean, made_at timestamptz, serial bytea,
    not_after timestamptz, installed_at timestamptz, closed_at timestamptz,
    reopens boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
	meant bigint[];
	behind text;
BEGIN
	PERFORM need_operator();
	IF search <> '' THEN
		meant := accounts_meant(search);
	END IF;
	behind := (SELECT a.contract FROM account a WHERE a.user_id = after);
	RETURN QUERY
	WITH page AS MATERIALIZED (
	    SELECT a.* FROM account a
	    WHERE (search = '' OR a.id = ANY (meant))
	    AND (of_contract = '' OR a.contract = of_contract)
	    AND (its_state = '' OR CASE its_state
		WHEN 'active' THEN a.state = 'active'
		    AND (a.locked_until IS NULL OR a.locked_until <= now())
		WHEN 'locked' THEN a.state = 'active'
		    AND a.locked_until > now()
		ELSE a.state = its_state END)
	    AND (after = '' OR CASE
		WHEN sort = 'contract' AND down THEN
		    (a.contract, a.user_id) < (behind, after)
		WHEN sort = 'contract' THEN
		    (a.contract, a.user_id) > (behind, after)
		WHEN down THEN a.user_id < after
		ELSE a.user_id > after END)
	    ORDER BY
		CASE WHEN down AND sort = 'contract' THEN a.contract END DESC,
		CASE WHEN down THEN a.user_id END DESC,
		CASE WHEN NOT down AND sort = 'contract' THEN a.contract END,
		CASE WHEN NOT down THEN a.user_id END
	    LIMIT most)
	SELECT p.user_id, p.contract, p.role, p.name, p.email::text,
	    p.locale::text,
	    CASE WHEN p.state = 'active' AND p.locked_until > now()
		THEN 'locked' ELSE p.state END,
	    CASE WHEN p.state = 'active' AND p.locked_until > now()
		THEN p.locked_until END,
	    p.locks, p.temporary_password, p.made_at, c.serial::bytea,
	    c.not_after, c.installed_at,
	    CASE WHEN p.state = 'closed' THEN p.closed_at END,
	    p.state = 'closed' AND reopens(p.closed_at)
	FROM page p
	LEFT JOIN LATERAL (SELECT x.serial, x.not_after, x.installed_at
	    FROM certificate x WHERE x.account = p.id AND x.current
	    LIMIT 1) c ON true
	ORDER BY CASE WHEN down AND sort = 'contract' THEN p.contract END DESC,
	    CASE WHEN down THEN p.user_id END DESC,
	    CASE WHEN sort = 'contract' THEN p.contract END, p.user_id;
END $$;

-- What was issued to a user, the newest first.
CREATE FUNCTION koshin.operator_certificates(of_user text, most integer)
RETURNS TABLE (serial bytea, profile text, state text, current boolean,
    not_before timestamptz, not_after timestamptz, issued_at timestamptz,
    installed_at timestamptz, revoked_at timestamptz, reason text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM need_operator();
	RETURN QUERY SELECT c.serial::bytea, c.profile::text,
	    CASE WHEN r.serial IS NOT NULL THEN 'revoked'
		WHEN c.not_after <= now() THEN 'expired' ELSE 'valid' END,
	    c.current, c.not_before, c.not_after, c.issued_at,
	    c.installed_at, r.revoked_at, r.reason
	FROM account a
	JOIN certificate c ON c.account = a.id AND c.state = 'issued'
	LEFT JOIN revocation r ON r.serial = c.serial
	WHERE a.user_id = of_user
	ORDER BY c.issued_at DESC, c.serial LIMIT most;
END $$;

-- Mails, the newest first, below id `before` (0: the newest), to one user where
-- that is not empty. A code's are among them, but not the code (I-11).
CREATE FUNCTION koshin.operator_mails(of_user text, failed boolean,
    before bigint, most integer)
RETURNS TABLE (id bigint, kind text, state text, user_id text, contract text,
    recipient text, attempts integer, made_at timestamptz,
    done_at timestamptz, last_answer text, again boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
	holder bigint;
BEGIN
	PERFORM need_operator();
	holder := (SELECT a.id FROM account a WHERE a.user_id = of_user);
	RETURN QUERY SELECT m.id, m.kind::text, m.state::text, a.user_id,
	    a.contract, m.recipient::text, m.attempts, m.made_at, m.done_at,
	    m.last_answer, may_retry(m)
	FROM mail m LEFT JOIN account a ON a.id = m.account
	WHERE (of_user = '' OR m.account = holder)
	AND (NOT failed OR m.state = 'failed')
	AND (before = 0 OR m.id < before)
	ORDER BY m.id DESC LIMIT most;
END $$;

-- The trail, the newest first, below id `before` (0: the newest). Words that are
-- empty and times that are NULL ask for all; `its_action` is one, or a family
-- (account.lock, account).
CREATE FUNCTION koshin.operator_audit(of_user text, of_contract text,
    its_action text, since timestamptz, until timestamptz, before bigint,
    most integer)
RETURNS TABLE (id bigint, at timestamptz, actor text, role text, action text,
    object text, user_id text, contract text, details text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
	holder bigint;
	family boolean := strpos(its_action, '.') = 0;
	-- Only where nothing else is asked for are they walked by their times.
	by_time boolean := (since IS NOT NULL OR until IS NOT NULL)
	    AND of_user = '' AND of_contract = '' AND its_action = '';
	before_at timestamptz;
BEGIN
	PERFORM need_operator();
	holder := (SELECT a.id FROM account a WHERE a.user_id = of_user);
	before_at := (SELECT a.at FROM audit a WHERE a.id = before);
	RETURN QUERY SELECT a.id, a.at, a.actor, a.role, a.action, a.object,
	    u.user_id, coalesce(u.contract,
		substring(a.object FROM '^contract:(.*)$')), a.details::text
	FROM audit a LEFT JOIN account u ON u.id = a.account
	WHERE (of_user = '' OR a.account = holder)
	AND (of_contract = '' OR a.object = 'contract:' || of_contract
	    OR a.account = ANY (ARRAY(SELECT x.id FROM account x
		WHERE x.contract = of_contract)))
	AND (its_action = '' OR NOT family AND a.action = its_action
	    OR family AND split_part(a.action, '.', 1) = its_action
	    AND (its_action = 'certificate'
		OR a.action <> 'certificate.issue'))
	AND (since IS NULL OR a.at >= since)
	AND (until IS NULL OR a.at < until)
	AND (before = 0 OR CASE WHEN by_time
	    THEN (a.at, a.id) < (before_at, before) ELSE a.id < before END)
	ORDER BY CASE WHEN by_time THEN a.at END DESC, a.id DESC
	LIMIT most;
END $$;

-- What happened, by the hour or the day (`step`) of a zone: one row for each,
-- also where it was nothing.
CREATE FUNCTION koshin.operator_figures(since timestamptz, until timestamptz,
    step text, zone text)
RETURNS TABLE (at timestamptz, issued bigint, renewed bigint, revoked bigint,
    locked bigint, mailed bigint, failed bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
	-- Rows of the trail and of the outbox come in the order of their ids.
	first_row bigint;
	first_mail bigint;
BEGIN
	PERFORM need_operator();
	first_row := (SELECT a.id FROM audit a WHERE a.at >= since
	    ORDER BY a.at, a.id LIMIT 1);
	first_mail := mail_since(since);
	RETURN QUERY
	WITH happened (moment, what) AS (
	    SELECT c.issued_at, CASE WHEN c.replaces IS NULL THEN 'issued'
		ELSE 'renewed' END
	    FROM certificate c WHERE c.state = 'issued'
	    AND c.reserved_at >= since - interval '1 day'
	    AND c.reserved_at < until AND c.issued_at >= since
	    AND c.issued_at < until
	    UNION ALL SELECT r.revoked_at, 'revoked' FROM revocation r
	    WHERE r.revoked_at >= since AND r.revoked_at < until
	    AND r.reason <> 'abandoned'
	    UNION ALL SELECT a.at, 'locked' FROM audit a
	    WHERE a.action IN ('account.lock', 'account.block')
	    AND a.id >= first_row AND a.at >= since AND a.at < until
	    UNION ALL SELECT m.done_at, CASE m.state WHEN 'sent' THEN 'mailed'
		ELSE 'failed' END
	    FROM mail m WHERE m.id >= first_mail
	    AND m.state IN ('sent', 'failed')
	    AND m.done_at >= since AND m.done_at < until),
	counted AS (SELECT date_trunc(step, h.moment, zone) AS start, h.what,
	    count(*) AS n FROM happened h GROUP BY 1, 2)
	SELECT s.start,
	    coalesce(sum(c.n) FILTER (WHERE c.what = 'issued'), 0)::bigint,
	    coalesce(sum(c.n) FILTER (WHERE c.what = 'renewed'), 0)::bigint,
	    coalesce(sum(c.n) FILTER (WHERE c.what = 'revoked'), 0)::bigint,
	    coalesce(sum(c.n) FILTER (WHERE c.what = 'locked'), 0)::bigint,
	    coalesce(sum(c.n) FILTER (WHERE c.what = 'mailed'), 0)::bigint,
	    coalesce(sum(c.n) FILTER (WHERE c.what = 'failed'), 0)::bigint
	FROM (SELECT date_trunc(step, g.g) AT TIME ZONE zone
	    FROM generate_series(since AT TIME ZONE zone,
		(until - interval '1 second') AT TIME ZONE zone,
		('1 ' || step)::interval) g (g)) s (start)
	LEFT JOIN counted c ON c.start = s.start
	GROUP BY s.start ORDER BY s.start;
END $$;

-- The first mail that may have been made since then, found by halves: the outbox
-- has no index for times, and ids grow with them. A mail made a day earlier may
-- have ended since.
CREATE FUNCTION koshin.mail_since(since timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	low bigint := coalesce((SELECT min(id) FROM mail), 0);
	high bigint := coalesce((SELECT max(id) FROM mail), 0) + 1;
	middle bigint;
BEGIN
	WHILE low < high LOOP
		middle := (low + high) / 2;
		IF (SELECT m.made_at < since - interval '1 day' FROM mail m
		    WHERE m.id >= middle ORDER BY m.id LIMIT 1) THEN
			low := middle + 1;
		ELSE
			high := middle;
		END IF;
	END LOOP;
	RETURN low;
END $$;
