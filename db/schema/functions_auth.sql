-- What auth may change (db/accounts.c, db/proofs.c): put a lock in place that
-- Redis has decided, ask for a code mail, begin a session, and an account. Each
-- may be sent twice and happens once.

-- What a mail may show of clients, up to three addresses with blanks between:
-- an auth that was taken over (T9) puts no text of its own into it. NULL: it
-- is none.
CREATE FUNCTION koshin.shown_addresses(addresses text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN addresses
	    ~ '^[0-9A-Fa-f.:]{2,45}( [0-9A-Fa-f.:]{2,45}){0,2}$'
	    THEN replace(addresses, ' ', ', ') END
$$;

-- R-LOCK-8. The mail of a lock is also the mark that it was applied: a late
-- repeat does not lock an account again that was unlocked since. It tells of
-- how many failures, and whence they came, where these are known.
CREATE FUNCTION koshin.lock_account(holder bigint, number integer,
    until timestamptz, block boolean, failures integer DEFAULT NULL,
    whence text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
	told jsonb := jsonb_build_object('failures', failures,
	    'addresses', shown_addresses(whence));
BEGIN
	SELECT * INTO a FROM account WHERE id = holder FOR NO KEY UPDATE;
	IF NOT FOUND OR a.state <> 'active' THEN
		RETURN;			-- blocked and closed hold already
	END IF;
	IF block THEN
		PERFORM notice(holder, 'blocked',
		    format('blocked:%s:%s', holder, a.version), told, 1);
	ELSIF until <= now() OR NOT notice(holder, 'locked',
	    format('locked:%s:%s', holder, epoch(until)),
	    told || jsonb_build_object('until', epoch(until)), 1) THEN
		RETURN;
	END IF;
	UPDATE account SET locks = greatest(locks, number),
	    state = CASE WHEN block THEN 'blocked' ELSE state END,
	    locked_until = CASE WHEN NOT block
		THEN greatest(locked_until, until) END
	WHERE id = holder;
	PERFORM kill_codes(holder, 'locked');
	PERFORM audited('', CASE WHEN block THEN 'account.block'
	    ELSE 'account.lock' END, 'account:' || holder, holder,
	    jsonb_build_object('number', number, 'until',
	    CASE WHEN NOT block THEN epoch(until) END));
END $$;

-- R-LOCK-7: a lock that Redis has decided. May be sent twice.
CREATE FUNCTION koshin.lock_contract(which text, number integer,
    until timestamptz, block boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract;
BEGIN
	SELECT * INTO c FROM contract
	WHERE contract.number = which FOR NO KEY UPDATE;
	IF NOT FOUND OR c.state <> 'active' OR NOT block
	    AND (until <= now() OR c.locked_until >= until) THEN
		RETURN;
	END IF;
	UPDATE contract SET locks = greatest(c.locks, lock_contract.number),
	    state = CASE WHEN block THEN 'blocked' ELSE 'active' END,
	    locked_until = CASE WHEN NOT block THEN until END
	WHERE contract.number = which;
	PERFORM audited('', CASE WHEN block THEN 'contract.block'
	    ELSE 'contract.lock' END, 'contract:' || which, NULL,
	    jsonb_build_object('number', lock_contract.number, 'until',
	    CASE WHEN NOT block THEN epoch(until) END));
END $$;

-- The same password in another hash (base/password.h), after it was shown.
-- Nothing, where it has been changed since.
CREATE FUNCTION koshin.rehash_password(holder bigint, old text, anew text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE account SET password_hash = anew
	WHERE id = holder AND password_hash = old AND state = 'active';
	IF FOUND THEN
		PERFORM audited('', 'account.rehash', 'account:' || holder,
		    holder, '{}');
	END IF;
END $$;

-- R-AUTH-2: the new code mail kills those that wait. False if the account is
-- not active any more. An auth that was taken over (T9) makes no code that
-- lives longer than a policy can say.
CREATE FUNCTION koshin.mail_code(holder bigint, code_nonce bytea,
    made timestamptz, dies timestamptz, address text,
    its_id bytea DEFAULT NULL, its_digest bytea DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
	-- A digest: the key stays when the nonce is gone.
	event text := format('code:%s:%s', holder,
	    left(encode(sha256(code_nonce), 'hex'), 32));
	shown text := coalesce(shown_addresses(address), 'unknown');
	born timestamptz := least(made, now());
	dead timestamptz := least(dies, now() + interval '1 day');
BEGIN
	SELECT * INTO a FROM account WHERE id = holder FOR NO KEY UPDATE;
	IF NOT FOUND OR a.state <> 'active' THEN
		RETURN false;
	END IF;
	IF EXISTS (SELECT FROM mail WHERE event_key = event) THEN
		RETURN true;
	END IF;
	PERFORM kill_codes(holder, 'a newer code');
	INSERT INTO mail (event_key, kind, account, recipient, locale,
	    parameters, nonce, code_id, code_digest, made_at, dies_at, priority,
	message_id)
	VALUES (event, 'code', holder, a.email, a.locale,
	    jsonb_build_object('user_id', a.user_id, 'name', a.name,
	    'contract', a.contract, 'role', a.role, 'address', shown,
	    'made_at', epoch(born), 'dies_at', epoch(dead)),
	    code_nonce, its_id, its_digest, born, dead, 0,
	    message_id_of(event));
	PERFORM audited('', 'code.mail', 'account:' || holder, holder,
	    jsonb_build_object('address', shown));
	RETURN true;
END $$;

-- A session for who has proved a password (session.sql): that of an account,
-- or the initial one of the contract where `holder` is NULL. `proved` is the
-- hash that the password fitted; false if it is another one meanwhile, or the
-- account may not be used. The rest are the limits of who acts (session.sql);
-- what is not said is as narrow as can be. It lives so many seconds; an auth
-- that was taken over (T9) makes none that outlives a day. Those that are over
-- are cleared away.
CREATE FUNCTION koshin.open_session(its_digest bytea, number text,
    holder bigint, proved text, lifts integer DEFAULT 0,
    passwords integer DEFAULT 0, closes integer DEFAULT 0,
    seconded text[] DEFAULT '{lift-master,reset-contract,revoke-many,close-contract}',
    second_within integer DEFAULT 0, revokes integer DEFAULT 0,
    email_wait integer DEFAULT 86400, lives integer DEFAULT 3600)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	DELETE FROM session s WHERE s.token_digest = ANY (ARRAY(
	    SELECT o.token_digest FROM session o
	    WHERE o.ends_at <= now() FOR UPDATE SKIP LOCKED));
	INSERT INTO session (token_digest, contract, account, proof, lifts,
	    passwords, closes, seconded, second_within, revokes, email_wait,
	    ends_at)
	SELECT its_digest, p.contract, p.account, proof_of(proved),
	    open_session.lifts, open_session.passwords, open_session.closes,
	    open_session.seconded, make_interval(secs =>
	    open_session.second_within), open_session.revokes,
	    open_session.email_wait,
	    now() + least(lives, 86400) * interval '1 second'
	FROM (SELECT c.number AS contract, NULL::bigint AS account
	    FROM contract c
	    WHERE holder IS NULL AND c.number = open_session.number
	    AND usable(c.state, c.locked_until)
	    AND c.initial_password_hash = proved
	    UNION ALL
	    SELECT a.contract, a.id FROM account a
	    WHERE a.id = holder AND a.contract = open_session.number
	    AND usable(a.state, a.locked_until)
	    AND a.password_hash = proved) p
	ON CONFLICT DO NOTHING;
	RETURN EXISTS (SELECT FROM session s
	    WHERE s.token_digest = its_digest);
END $$;

-- ------------------------------------------------ another mail address (T3)

-- By what the owner of the address of today may end the waiting of another one,
-- which that session is about to ask for. False: there is no such session.
CREATE FUNCTION koshin.prepare_email(its_digest bytea, nonce bytea,
    code bytea, stop bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE session s SET email_nonce = nonce, email_code = code,
	    email_stop = stop
	WHERE s.token_digest = its_digest AND s.ends_at > now()
	AND s.account IS NOT NULL;
	RETURN FOUND;
END $$;

-- The other address is the one from now on, for a code that was mailed to the
-- old one. False: it is another code.
CREATE FUNCTION koshin.confirm_email(holder bigint, code bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	SELECT * INTO a FROM account
	WHERE id = holder AND state = 'active' AND email_code IS NOT NULL
	AND email_at > now() FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM not_there('address that waits for a code');
	ELSIF a.email_code <> code THEN
		RETURN false;
	END IF;
	PERFORM put_email('by a code mailed to the old address', a,
	    a.email_next);
	RETURN true;
END $$;

-- ------------------------------------------- what is left of a session's acts

-- Whether that session is a master's or an operator's, who may give passwords:
-- one is made for nobody else.
CREATE FUNCTION koshin.session_gives(its_digest bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT EXISTS (SELECT FROM session s
	    JOIN account a ON a.id = s.account
	    WHERE s.token_digest = its_digest AND s.ends_at > now()
	    AND a.role IN ('master', 'operator') AND a.state = 'active'
	    AND NOT a.temporary_password
	    AND proof_of(a.password_hash) = s.proof)
$$;

-- What a session owes to Redis, one after the other: whoever asks says nothing
-- of what it is about. No row: nothing. `name` is a user ID, or the number of a
-- contract. What Redis did not take within a minute is done anew by who has done
-- it: it would lift what has been locked since.
CREATE FUNCTION koshin.owed_by(its_digest bytea)
RETURNS TABLE (name text, of_contract boolean, lift boolean)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT coalesce(a.user_id, o.contract), a.id IS NULL, o.lift
	FROM owed o LEFT JOIN account a ON a.id = o.account
	WHERE o.session = its_digest
	AND o.owed_at > now() - interval '1 minute'
	ORDER BY o.owed_at LIMIT 1
$$;

-- Redis has it. What somebody's attempt has carried back from there meanwhile
-- (read repair, R-LOCK-8) is lifted with it.
CREATE FUNCTION koshin.settle_owed(its_digest bytea, its_name text,
    of_contract boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	done owed;
	again jsonb := jsonb_build_object('reason', 'once more');
BEGIN
	DELETE FROM owed o
	WHERE o.session = its_digest AND CASE WHEN of_contract
	    THEN o.contract = its_name ELSE o.account =
		(SELECT a.id FROM account a WHERE a.user_id = its_name) END
	RETURNING o.* INTO done;
	UPDATE account SET state = 'active', locks = 0, locked_until = NULL
	WHERE id = done.account AND done.lift AND state IN ('active', 'blocked')
	AND NOT unharmed(state, locks, locked_until);
	IF FOUND THEN
		PERFORM audited('', 'account.unlock',
		    'account:' || done.account, done.account, again);
	END IF;
	UPDATE contract SET state = 'active', locks = 0, locked_until = NULL
	WHERE number = done.contract AND done.lift
	AND state IN ('active', 'blocked')
	AND NOT unharmed(state, locks, locked_until);
	IF FOUND THEN
		PERFORM audited('', 'contract.unblock',
		    'contract:' || done.contract, NULL, again);
	END IF;
END $$;

-- ----------------------------------------------- who begins before a door

-- A session that nobody else can enter, for the statement that it is opened
-- in. False where open_session() says so.
CREATE FUNCTION koshin.enter_proved(number text, holder bigint, proved text)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	token text := format('%s %s', gen_random_uuid(), gen_random_uuid());
BEGIN
	RETURN open_session(sha256(convert_to(token, 'UTF8')), number, holder,
	    proved) AND enter_session(token, true);
END $$;

-- R-ACC-7, R-ACC-8: what replace_temporary_password() does, or, where it is
-- one's own, change_password(), from the proof on. The account; NULL if its
-- password is another one meanwhile, or may not be used.
CREATE FUNCTION koshin.begin_account(number text, holder bigint, proved text,
    hash text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	-- Two at the same moment: the second one finds it changed.
	PERFORM FROM account WHERE id = holder FOR NO KEY UPDATE;
	IF enter_proved(number, holder, proved) THEN
		IF NOT replace_temporary_password(hash) THEN
			PERFORM change_password(hash);
		END IF;
		PERFORM end_session();
	END IF;
	RETURN (SELECT a.id FROM account a WHERE a.id = holder
	    AND a.password_hash = hash AND NOT a.temporary_password);
END $$;

-- R-ACC-2: what register_master() does, from the proof on. The account; NULL
-- if the initial password is used up meanwhile, or may not be used. A user ID
-- that is taken is a unique_violation.
CREATE FUNCTION koshin.begin_master(of_contract text, proved text,
    new_user_id text, new_name text, new_email text, new_locale text,
    hash text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	-- Two at the same moment: the second one finds it used up.
	PERFORM FROM contract WHERE number = of_contract FOR NO KEY UPDATE;
	IF enter_proved(of_contract, NULL, proved) THEN
		PERFORM register_master(new_user_id, new_name, new_email,
		    new_locale, hash);
		PERFORM end_session();
	END IF;
	RETURN (SELECT a.id FROM account a WHERE a.user_id = new_user_id
	    AND a.contract = of_contract AND a.role = 'master'
	    AND a.password_hash = hash);
END $$;
