-- The notices of certificates that near their end (R-MAIL-1), and mails that
-- failed. One mail for each certificate and kind: its event key is unique,
-- whoever plans, however often, on however many instances (F-72).

-- With the serial, so that a walk along it can stop anywhere and go on.
DROP INDEX koshin.certificate_expiring;
CREATE INDEX certificate_expiring ON koshin.certificate (not_after, serial)
    WHERE current;

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

CREATE FUNCTION koshin.notice_event(kind text, serial bytea) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT kind || ':' || encode(serial, 'hex')
$$;

-- The next `most` certificates behind a place that draw a notice if none was
-- made, the first to end first. `kind` is NULL for one that lives too short.
-- Nothing is changed.
CREATE FUNCTION koshin.due_notices(at timestamptz, second_before timestamptz,
    first_before timestamptz, after_time timestamptz DEFAULT '-infinity',
    after_serial bytea DEFAULT '', most integer DEFAULT NULL)
RETURNS TABLE (serial bytea, account bigint, user_id text, open boolean,
    not_before timestamptz, not_after timestamptz, kind text,
    told_at timestamptz, mail_state text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	-- EXECUTE: planned with the values, each time. Without them nobody
	-- knows how few rows it is about, and it reads all accounts.
	RETURN QUERY EXECUTE $query$
	SELECT c.serial, c.account, a.user_id, a.state <> 'closed',
	    c.not_before, c.not_after, c.kind, m.made_at, m.state
	FROM (SELECT serial, account, not_before, not_after,
	    notice_kind(not_before, not_after, $1, $2, $3) AS kind
	    FROM certificate
	    WHERE current AND not_after < $3
	    AND (not_after, serial) > ($4, $5)
	    ORDER BY not_after, serial LIMIT $6) c
	JOIN account a ON a.id = c.account
	LEFT JOIN mail m ON m.event_key = notice_event(c.kind, c.serial)
	ORDER BY c.not_after, c.serial
	$query$ USING at, second_before, first_before, after_time,
	    after_serial, most;
END $$;

-- Makes the mails that are due among the next `most` certificates behind a
-- place, and says where it stopped; nothing is left when it has looked at
-- fewer. `looked_at` is -1 when somebody else plans just now, unless `wait`.
-- A certificate that is renewed at this moment is left for the next time.
CREATE FUNCTION koshin.plan_notices(at timestamptz, second_before timestamptz,
    first_before timestamptz, after_time timestamptz, after_serial bytea,
    most integer, wait boolean)
RETURNS TABLE (looked_at integer, planned integer, last_time timestamptz,
    last_serial bytea)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	due bytea[];
	turn CONSTANT bigint := 7242006700000012;
BEGIN
	-- A clock that is a year ahead would tell everybody that all is over.
	IF at NOT BETWEEN now() - interval '5 minutes'
	    AND now() + interval '5 minutes' THEN
		RAISE EXCEPTION 'the clocks of program and database differ'
		    USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF wait THEN
		PERFORM pg_advisory_xact_lock(turn);
	ELSIF NOT pg_try_advisory_xact_lock(turn) THEN
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
	IF due IS NOT NULL THEN		-- an empty INSERT would ring too
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
		    'serial', encode(h.serial, 'hex'),
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

-- A renewed or revoked certificate draws no further notices: also none of
-- those that a mail server has not taken yet.
CREATE FUNCTION koshin.certificate_draws_no_notice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE mail SET state = 'expired',
	    last_answer = 'renewed or revoked meanwhile'
	WHERE state = 'queued'
	AND event_key IN (notice_event('expires_30', OLD.serial),
	    notice_event('expires_10', OLD.serial),
	    notice_event('expired', OLD.serial));
	RETURN NULL;
END $$;

CREATE TRIGGER certificate_draws_no_notice
    AFTER UPDATE OF current ON koshin.certificate
    FOR EACH ROW WHEN (OLD.current AND NOT NEW.current)
    EXECUTE FUNCTION koshin.certificate_draws_no_notice();

CREATE FUNCTION koshin.account_draws_no_notice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE mail SET state = 'expired', last_answer = 'account closed'
	WHERE account = OLD.id AND state = 'queued'
	AND kind IN ('expires_30', 'expires_10', 'expired');
	RETURN NULL;
END $$;

CREATE TRIGGER account_draws_no_notice
    AFTER UPDATE OF state ON koshin.account
    FOR EACH ROW WHEN (OLD.state <> 'closed' AND NEW.state = 'closed')
    EXECUTE FUNCTION koshin.account_draws_no_notice();

-- R-MAIL-4: all that were refused for good and still have something to say;
-- says how many. A code is dead, and so is a notice that has been overtaken.
CREATE FUNCTION koshin.retry_failed_mails(actor text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	tried integer;
BEGIN
	UPDATE mail m SET state = 'queued', due_at = now(), done_at = NULL
	WHERE m.state = 'failed' AND m.kind <> 'code'
	AND (m.dies_at IS NULL OR m.dies_at > now())
	AND (m.kind NOT IN ('expires_30', 'expires_10', 'expired')
	    OR EXISTS (SELECT FROM certificate c
		WHERE c.serial = decode(m.parameters ->> 'serial', 'hex')
		AND c.current));
	GET DIAGNOSTICS tried = ROW_COUNT;
	IF tried > 0 THEN
		PERFORM pg_notify('koshin_mail', '');
		PERFORM audited(actor, 'mail.retry', 'mail:failed', NULL,
		    jsonb_build_object('tried', tried));
	END IF;
	RETURN tried;
END $$;

REVOKE ALL ON FUNCTION
    koshin.notice_kind(timestamptz, timestamptz, timestamptz, timestamptz,
	timestamptz),
    koshin.notice_event(text, bytea),
    koshin.due_notices(timestamptz, timestamptz, timestamptz, timestamptz,
	bytea, integer),
    koshin.plan_notices(timestamptz, timestamptz, timestamptz, timestamptz,
	bytea, integer, boolean),
    koshin.certificate_draws_no_notice(),
    koshin.account_draws_no_notice(),
    koshin.retry_failed_mails(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    koshin.plan_notices(timestamptz, timestamptz, timestamptz, timestamptz,
	bytea, integer, boolean)
    TO koshin_courier, koshin_operator;
GRANT EXECUTE ON FUNCTION
    koshin.due_notices(timestamptz, timestamptz, timestamptz, timestamptz,
	bytea, integer),
    koshin.retry_failed_mails(text)
    TO koshin_operator;
