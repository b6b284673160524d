-- What a courier may do (db/outbox.c). It reads mails only by taking them,
-- and says of each how it ended.
--
-- Neither waits for the disk: should the database crash in the next moments, a
-- mail is sent once more, with the same Message-ID (I-10), and none is lost.

-- Another address has waited (T3): that of one account. What somebody changes
-- at this moment is left for the next time.
CREATE FUNCTION koshin.move_email() RETURNS void
LANGUAGE plpgsql SET enable_sort = off SET enable_seqscan = off
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	SELECT * INTO a FROM account WHERE email_at <= now()
	ORDER BY email_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
	IF FOUND THEN
		PERFORM put_email('', a, a.email_next);
	END IF;
END $$;

-- The due mails, code mails first, each for this courier alone until the
-- lease is over (F-55); with `codes_only` no others. `pairs` is the parameters
-- as name US value RS ...
--
-- Each priority's queue is looked at for itself: in one walk along all of them
-- who is due next stands behind everybody who waits for tomorrow.
CREATE FUNCTION koshin.take_mails(most integer, lease_s integer,
    codes_only boolean DEFAULT false)
RETURNS TABLE (id bigint, kind koshin.mail_kind, locale koshin.locale,
    recipient koshin.mail_address, message_id text, made_at bigint,
    dies_at bigint, attempts integer, nonce bytea, pairs text)
LANGUAGE plpgsql SECURITY DEFINER
-- Along the index of that order: a queue that was short when it was last
-- counted seems quickly read whole, and sorted.
SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off
SET search_path = pg_catalog, koshin, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('synchronous_commit', 'off', true);
	PERFORM move_email();
	-- A code mail dies with its code (R-MAIL-4). ARRAY, not IN: a plan
	-- that is made before numbers are known would join, and read every
	-- mail that ever was; below as well.
	UPDATE mail SET state = 'expired'
	WHERE mail.id = ANY (ARRAY(SELECT m.id FROM mail m
	    WHERE m.done_at IS NULL AND m.dies_at <= now()
	    AND (m.lease_until IS NULL OR m.lease_until <= now())
	    ORDER BY m.dies_at FOR UPDATE SKIP LOCKED));
	RETURN QUERY
	WITH taken AS (
		UPDATE mail SET attempts = mail.attempts + 1,
		    lease_until = now() + make_interval(secs => lease_s),
		    due_at = now() + make_interval(secs => lease_s)
		WHERE mail.id = ANY (ARRAY(SELECT q.id
		    FROM generate_series(0, CASE WHEN codes_only THEN 0
			ELSE 9 END) p
		    CROSS JOIN LATERAL (SELECT m.id FROM mail m
			WHERE m.done_at IS NULL AND m.priority = p
			AND m.due_at <= now()
			ORDER BY m.due_at LIMIT most
			FOR UPDATE SKIP LOCKED) q
		    LIMIT most))
		RETURNING mail.*)
	SELECT t.id, t.kind, t.locale, t.recipient, t.message_id,
	    epoch(t.made_at), coalesce(epoch(t.dies_at), 0),
	    t.attempts - 1, t.nonce,
	    (SELECT string_agg(p.key || E'\x1f' ||
		regexp_replace(p.value, '[[:cntrl:]]', ' ', 'g'), E'\x1e'
		ORDER BY p.key)
	    FROM jsonb_each_text(t.parameters) p WHERE p.value IS NOT NULL)
	FROM taken t ORDER BY t.priority, t.id;
END $$;

-- How some mails ended: 'sent', 'failed', or 'later' at `next`. A mail that was
-- sent counts as sent, whatever became of it meanwhile. Each is found by its
-- id, also by a plan that was made while the table was small. Locked in the
-- order of their ids, as by the renewal that ends several: neither waits for
-- the other in a ring.
CREATE FUNCTION koshin.settle_mails(ids bigint[], outcomes text[],
    nexts timestamptz[], answers text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF NOT outcomes <@ ARRAY['sent', 'failed', 'later']
	    OR array_position(outcomes, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'a mail cannot end as one of %', outcomes;
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	UPDATE mail m SET last_answer = left(r.answer, 500), due_at = r.next,
	    lease_until = NULL,
	    state = CASE WHEN r.outcome <> 'later' THEN r.outcome
		WHEN m.dies_at <= r.next THEN 'expired' ELSE 'queued' END
	FROM (SELECT * FROM unnest(ids, outcomes, nexts, answers)
	    AS u (id, outcome, next, answer) ORDER BY u.id) r
	WHERE m.id = r.id AND (m.state = 'queued'
	    OR r.outcome = 'sent' AND m.state <> 'sent');
END $$;

-- Seconds until somebody has to look: 0 is now, -1 is never.
CREATE FUNCTION koshin.next_mail() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT CASE WHEN min(q.due_at) IS NULL THEN -1 ELSE greatest(0,
	    ceil(extract(epoch FROM min(q.due_at) - now()))) END::bigint
	FROM generate_series(0, 9) p
	CROSS JOIN LATERAL ((SELECT m.due_at FROM mail m
	    WHERE m.done_at IS NULL AND m.priority = p
	    ORDER BY m.due_at LIMIT 1)
	    UNION ALL	-- move_email()
	    (SELECT a.email_at FROM account a
	    WHERE a.email_at IS NOT NULL AND p = 0
	    ORDER BY a.email_at LIMIT 1)) q
$$;

-- ------------------------------------- planning of notices (R-MAIL-1)

-- The rule of policy/notice, for many: the days are counted there, in the
-- service's zone. NULL: none.
CREATE FUNCTION koshin.notice_kind(begins timestamptz, ends timestamptz,
    at timestamptz, second_before timestamptz, first_before timestamptz)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
	WHEN ends < at THEN 'expired'
	WHEN ends < second_before THEN
	    CASE WHEN ends - begins >= interval '264 hours' -- 11 days
	    THEN 'expires_10' END
	WHEN ends < first_before THEN
	    CASE WHEN ends - begins >= interval '744 hours' -- 31 days
	    THEN 'expires_30' END
	END
$$;

-- Called by `koshin notice list`, and by plan_notices(): the next `most`
-- certificates behind a place that draw a notice if none was made, the first
-- to end first. `kind` is NULL for one that lives too short. Nothing is
-- changed.
CREATE FUNCTION koshin.due_notices(at timestamptz, second_before timestamptz,
    first_before timestamptz, after_time timestamptz DEFAULT '-infinity',
    after_serial bytea DEFAULT '', most integer DEFAULT NULL)
RETURNS TABLE (serial koshin.serial, account bigint, user_id text,
    open boolean, not_before timestamptz, not_after timestamptz, kind text,
    told_at timestamptz, mail_state koshin.mail_state)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	-- EXECUTE: planned with the values, each time. Without them nobody
	-- knows how few rows it is about, and it reads all accounts.
	RETURN QUERY EXECUTE $query$
	SELECT c.serial, c.account, a.user_id, a.state <> 'closed',
	    c.not_before, c.not_after, c.kind, coalesce(m.made_at, t.at),
	    m.state
	FROM (SELECT serial, account, not_before, not_after,
	    notice_kind(not_before, not_after, $1, $2, $3) AS kind
	    FROM certificate
	    WHERE current AND not_after < $3
	    AND (not_after, serial) > ($4, $5)
	    ORDER BY not_after, serial LIMIT $6) c
	JOIN account a ON a.id = c.account
	LEFT JOIN mail m ON m.event_key = notice_event(c.kind, c.serial)
	LEFT JOIN told t ON t.event_key = notice_event(c.kind, c.serial)
	ORDER BY c.not_after, c.serial
	$query$ USING at, second_before, first_before, after_time,
	    after_serial, most;
END $$;

-- Called by the courier, and by `koshin notice plan`. Makes the mails that are
-- due among the next `most` certificates behind a place, and says where it
-- stopped; nothing is left when it has looked at fewer. `looked_at` is -1 when
-- somebody else plans just now, unless `wait`. A certificate that is renewed
-- at this moment is left for the next time.
CREATE FUNCTION koshin.plan_notices(at timestamptz, second_before timestamptz,
    first_before timestamptz, after_time timestamptz, after_serial bytea,
    most integer, wait boolean)
RETURNS TABLE (looked_at integer, planned integer, last_time timestamptz,
    last_serial bytea)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	due bytea[];
BEGIN
	-- A clock that is a year ahead would tell everybody that all is over.
	IF at NOT BETWEEN now() - interval '5 minutes'
	    AND now() + interval '5 minutes' THEN
		RAISE EXCEPTION 'the clocks of program and database differ'
		    USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF wait THEN
		PERFORM FROM turn WHERE work = 'plan' FOR UPDATE;
	ELSE
		PERFORM FROM turn WHERE work = 'plan' FOR UPDATE SKIP LOCKED;
	END IF;
	IF NOT FOUND THEN
		looked_at := -1;
		RETURN NEXT;
		RETURN;
	END IF;
	planned := 0;
	SELECT count(*),
	    (array_agg(d.not_after ORDER BY d.not_after DESC, d.serial DESC))[1],
	    (array_agg(d.serial ORDER BY d.not_after DESC, d.serial DESC))[1],
	    array_agg(d.serial) FILTER (WHERE d.kind IS NOT NULL
		AND d.told_at IS NULL AND d.open)
	INTO looked_at, last_time, last_serial, due
	FROM due_notices(at, second_before, first_before, after_time,
	    after_serial, most) d;
	IF due IS NOT NULL THEN
		WITH held AS (
			SELECT c.serial, c.account, c.subject, c.profile,
			    c.not_after, notice_kind(c.not_before,
			    c.not_after, at, second_before,
			    first_before) AS kind
			FROM certificate c
			WHERE c.serial = ANY (due) AND c.current
			FOR SHARE SKIP LOCKED)
		INSERT INTO mail (event_key, kind, account, recipient,
		    locale, parameters, priority, message_id)
		SELECT notice_event(h.kind, h.serial), h.kind, a.id, a.email,
		    a.locale, jsonb_build_object('user_id', a.user_id,
		    'name', a.name, 'contract', a.contract,
		    'role', a.role, 'serial', encode(h.serial, 'hex'),
		    'subject', h.subject, 'profile', h.profile,
		    'not_after', epoch(h.not_after)), 7,
		    message_id_of(notice_event(h.kind, h.serial))
		FROM held h JOIN account a ON a.id = h.account
		WHERE a.state <> 'closed'
		ON CONFLICT (event_key) DO NOTHING;
		GET DIAGNOSTICS planned = ROW_COUNT;
	END IF;
	RETURN NEXT;
END $$;

-- Called by the courier, where there is a member area, which sees certificates
-- in use. R-MAIL-7: a person whose certificate nobody has seen in use a day
-- after its issue is offered once to finish. Whoever was a week without a
-- courier is told still. Of the next `most`; says how many mails it made, -1
-- when somebody else plans just now. One that is renewed, or marked, at this
-- moment is left for the next time.
CREATE FUNCTION koshin.plan_uninstalled(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	planned integer;
BEGIN
	PERFORM FROM turn WHERE work = 'plan' FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN -1;
	END IF;
	WITH held AS (
		SELECT c.serial, c.account, c.issued_at, c.not_after,
		    notice_event('not_installed', c.serial) AS event
		FROM certificate c JOIN account a ON a.id = c.account
		WHERE c.current AND c.installed_at IS NULL
		AND c.via <> 'certificate'
		AND c.issued_at > now() - interval '8 days'
		AND c.issued_at <= now() - interval '1 day'
		AND c.not_after > now()
		AND a.role <> 'device' AND a.state <> 'closed'
		AND NOT EXISTS (SELECT FROM mail m WHERE m.event_key
		    = notice_event('not_installed', c.serial))
		AND NOT EXISTS (SELECT FROM told t WHERE t.event_key
		    = notice_event('not_installed', c.serial))
		ORDER BY c.issued_at LIMIT most
		FOR SHARE OF c SKIP LOCKED)
	SELECT notices(array_agg(h.account), 'not_installed',
	    array_agg(h.event), array_agg(jsonb_build_object(
	    'serial', encode(h.serial, 'hex'),
	    'issued_at', epoch(h.issued_at),
	    'not_after', epoch(h.not_after))), 7)
	INTO planned FROM held h;
	RETURN planned;
END $$;

-- ------------------------------------------- mails that are old (R-MAIL-6)

-- Removes of the next `most` mails behind `after_id` those that ended more than
-- so many days ago, and says where it stopped; nothing is left when it has
-- looked at fewer. The order is that of their making: behind one that is young
-- all are. A day at least, whoever asks: until then a code lives (mail_code),
-- and its row says whose it was (I-6). The mark of a lock stays as long as the
-- lock would (R-LOCK-8).
CREATE FUNCTION koshin.remove_mails(keep_days integer, after_id bigint,
    most integer)
RETURNS TABLE (looked_at integer, removed integer, last_id bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	ended_before timestamptz := now() - make_interval(days => keep_days);
	old bigint[];
BEGIN
	IF keep_days IS NULL OR keep_days < 1 THEN
		RAISE EXCEPTION 'a mail is kept for a day at least'
		    USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	SELECT count(*), max(m.id), array_agg(m.id)
	    FILTER (WHERE m.done_at < ended_before AND NOT (m.kind = 'locked'
		AND (m.parameters ->> 'until')::bigint > epoch(now())))
	INTO looked_at, last_id, old
	FROM (SELECT id, kind, parameters, made_at, done_at FROM mail
	    WHERE id > after_id ORDER BY id LIMIT most) m
	WHERE m.made_at < ended_before;
	WITH gone AS (
		DELETE FROM mail WHERE id = ANY (ARRAY(SELECT m.id FROM mail m
		    WHERE m.id = ANY (old) AND m.done_at < ended_before
		    FOR UPDATE SKIP LOCKED))
		RETURNING event_key, kind, parameters, made_at),
	marked AS (
		INSERT INTO told
		SELECT g.event_key, g.made_at FROM gone g
		WHERE g.kind IN ('expires_30', 'expires_10', 'expired',
		    'not_installed')
		AND EXISTS (SELECT FROM certificate c WHERE c.serial =
		    decode(g.parameters ->> 'serial', 'hex') AND c.current)
		ON CONFLICT DO NOTHING)
	SELECT count(*) INTO removed FROM gone;
	RETURN NEXT;
END $$;
