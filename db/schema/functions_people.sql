-- What people do to accounts: called by the operator, and by a member in a
-- session (db/people_sql.c). Each function is one change with its audit row
-- and its notices. Who did it the database knows (koshin.acting); `remark` is
-- what the program says beside. An account or contract that is not there is an error (no_data_found).

-- ------------------------------------------------------------ the parts

-- Writes the account, its notice and its audit row.
CREATE FUNCTION koshin.new_account(remark text, a koshin.account,
    action text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	added bigint;
BEGIN
	INSERT INTO account (user_id, contract, role, name, email, locale,
	    password_hash, temporary_password)
	VALUES (a.user_id, a.contract, a.role, a.name, a.email, a.locale,
	    a.password_hash, a.temporary_password)
	RETURNING id INTO added;
	PERFORM notice(added, 'registered', 'registered:' || added);
	PERFORM audited(remark, action, 'account:' || added, added,
	    jsonb_build_object('user_id', a.user_id, 'role', a.role));
	RETURN added;
END $$;

-- Revokes what is issued. False if it was revoked before. A reservation cannot
-- be revoked, it is closed by time (I-4).
CREATE FUNCTION koshin.revoke_certificate(remark text, which bytea,
    why text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	holder bigint;
	hex text := encode(which, 'hex');
BEGIN
	SELECT account INTO holder FROM certificate
	WHERE serial = which AND state = 'issued';
	IF NOT FOUND OR why = 'abandoned' THEN
		PERFORM not_there('certificate');
	END IF;
	PERFORM FROM account WHERE id = holder FOR NO KEY UPDATE;
	INSERT INTO revocation (serial, reason, actor)
	VALUES (which, why, acting()) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE certificate SET current = false
	WHERE serial = which AND current;
	PERFORM notice(holder, 'revoked', 'revoked:' || hex,
	    jsonb_build_object('serial', hex));
	PERFORM audited(remark, 'certificate.revoke', 'certificate:' || hex,
	    holder, jsonb_build_object('reason', why));
	RETURN true;
END $$;

-- Ends the account for good: what it holds is revoked, what is about to be
-- signed for it is abandoned (I-4). The row is locked by the caller.
CREATE FUNCTION koshin.end_account(remark text, a koshin.account, why text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	held bytea;
BEGIN
	FOR held IN SELECT serial FROM certificate
	    WHERE account = a.id AND state = 'issued' AND not_after > now()
	    ORDER BY serial
	LOOP
		PERFORM revoke_certificate(remark, held,
		    'cessationOfOperation');
	END LOOP;
	FOR held IN UPDATE certificate
	    SET state = 'abandoned', abandoned_at = now()
	    WHERE account = a.id AND state = 'reserved' RETURNING serial
	LOOP
		INSERT INTO revocation (serial, reason, actor)
		VALUES (held, 'abandoned', acting());
		PERFORM audited(remark, 'certificate.abandon',
		    'certificate:' || encode(held, 'hex'), a.id);
	END LOOP;
	UPDATE account SET state = 'closed' WHERE id = a.id;
	PERFORM kill_codes(a.id, 'account closed');
	PERFORM audited(remark, 'account.close', 'account:' || a.id, a.id,
	    jsonb_build_object('reason', why));
END $$;

-- Ends the open accounts of a contract that have one of these roles.
CREATE FUNCTION koshin.end_accounts(remark text, which text, roles text[],
    why text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	FOR a IN SELECT * FROM account WHERE contract = which
	    AND role = ANY (roles) AND state <> 'closed'
	    ORDER BY id FOR NO KEY UPDATE
	LOOP
		PERFORM end_account(remark, a, why);
	END LOOP;
END $$;

-- The account has another password from now on; its codes are dead. The row is
-- locked by the caller.
CREATE FUNCTION koshin.put_password(remark text, a koshin.account, hash text,
    temporary boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE account SET password_hash = hash,
	    temporary_password = temporary
	WHERE id = a.id;
	PERFORM kill_codes(a.id, 'password changed');
	PERFORM owe(a.id, false);
	PERFORM notice(a.id, 'password_changed',
	    format('password:%s:%s', a.id, a.version));
	PERFORM audited(remark, 'account.password', 'account:' || a.id, a.id,
	    jsonb_build_object('temporary', temporary));
END $$;

-- ------------------------------------------- what is done to somebody else

-- R-LOCK-6. False if there was nothing to lift: two at the same moment lift
-- once (X-06). The counters in Redis are lifted by the caller before he
-- commits, or by auth afterwards (settle_owed).
CREATE FUNCTION koshin.lift_account(remark text, which text,
    why text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_below(which);
BEGIN
	PERFORM need_reason(why);
	PERFORM need_fresh();
	IF a.role = 'master' THEN
		PERFORM need_second('lift-master', which);
	END IF;
	IF a.state = 'suspended' THEN
		RAISE invalid_parameter_value
		    USING MESSAGE = 'a suspended account has to be resumed';
	END IF;
	PERFORM not_more_than((current_session()).lifts,
	    done_today('account.unlock', a.id),
	    'a master user lifts locks and blocks of one user within a day');
	PERFORM owe(a.id, true);
	IF unharmed(a.state, a.locks, a.locked_until) THEN
		-- A master has the failures forgotten, which is counted too.
		IF fenced() THEN
			PERFORM audited(remark, 'account.unlock',
			    'account:' || a.id, a.id, jsonb_build_object(
			    'reason', why, 'state', a.state, 'locks', a.locks));
		END IF;
		RETURN false;
	END IF;
	UPDATE account SET state = 'active', locks = 0, locked_until = NULL
	WHERE id = a.id;
	IF a.state = 'blocked' THEN
		PERFORM notice(a.id, 'unblocked',
		    format('unlocked:%s:%s', a.id, a.version));
	ELSE
		PERFORM notice(a.id, 'unlocked',
		    format('unlocked:%s:%s', a.id, a.version));
	END IF;
	PERFORM audited(remark, 'account.unlock', 'account:' || a.id,
	    a.id, jsonb_build_object('reason', why, 'state', a.state,
	    'locks', a.locks));
	RETURN true;
END $$;

-- Certificates that are good are revoked with it. A master closes one after
-- the other, so that none is overlooked that was closed within the hour (T7).
CREATE FUNCTION koshin.close_account(remark text, which text,
    why text DEFAULT '') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	PERFORM FROM contract WHERE number = session_contract()
	FOR NO KEY UPDATE;
	a := account_below(which);
	PERFORM not_more_than((current_session()).closes,
	    (SELECT count(*) FROM account c WHERE c.contract = a.contract
	    AND c.closed_at > now() - interval '1 hour'),
	    'a master user closes users within an hour');
	PERFORM need_fresh();
	PERFORM need_second_for_more();
	PERFORM end_account(remark, a, why);
END $$;

-- T7: a closed account is again what it was before, blocked too; what was
-- revoked stays so. False if it was closed too long ago.
CREATE FUNCTION koshin.reopen_account(remark text, which text, why text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	SELECT * INTO a FROM account
	WHERE user_id = which AND state = 'closed'
	AND session_sees(contract, user_id) FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM not_there('closed account');
	ELSIF NOT is_above(a.role) THEN
		PERFORM not_yours();
	END IF;
	PERFORM need_reason(why);
	PERFORM need_fresh();
	IF NOT reopens(a.closed_at) THEN
		RETURN false;
	END IF;
	-- Who closes the contract at this moment is waited for.
	PERFORM FROM contract
	WHERE number = a.contract AND state <> 'closed' FOR SHARE;
	IF NOT FOUND THEN
		PERFORM not_there('open contract');
	END IF;
	UPDATE account SET state = a.closed_from WHERE id = a.id;
	PERFORM notice(a.id, 'reopened',
	    format('reopened:%s:%s', a.id, a.version));
	PERFORM audited(remark, 'account.reopen', 'account:' || a.id, a.id,
	    jsonb_build_object('reason', why, 'state', a.closed_from));
	RETURN true;
END $$;

-- R-WEB-5: asks a user by mail to have a certificate issued or renewed, once in
-- a day. False: it was asked within a day, or may not log in.
CREATE FUNCTION koshin.remind_account(remark text, which text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_below(which);
BEGIN
	IF a.state <> 'active' OR EXISTS (SELECT FROM mail m
	    WHERE m.account = a.id AND m.kind = 'reminder'
	    AND m.made_at > now() - interval '1 day') THEN
		RETURN false;
	END IF;
	PERFORM notice(a.id, 'reminder',
	    format('reminder:%s:%s', a.id, epoch(now())));
	PERFORM audited(remark, 'account.remind', 'account:' || a.id, a.id);
	RETURN true;
END $$;

-- R-ACC-7. A device cannot replace a password: its new one is for good.
CREATE FUNCTION koshin.give_password(remark text, which text, hash text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_below(which);
BEGIN
	PERFORM not_more_than((current_session()).passwords,
	    done_today('account.password', a.id),
	    'a master user gives one user another password within a day');
	PERFORM need_fresh();
	PERFORM put_password(remark, a, hash, a.role <> 'device');
END $$;

-- R-CERT-6. Whether the profile lets a master do it is the caller's to know.
CREATE FUNCTION koshin.withdraw_certificate(remark text, which bytea,
    why text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	IF fenced() THEN
		SELECT holder.* INTO a FROM certificate c
		JOIN account holder ON holder.id = c.account
		WHERE c.serial = which
		AND session_sees(holder.contract, holder.user_id);
		IF NOT FOUND THEN
			PERFORM not_there('certificate');
		ELSIF NOT is_above(a.role) THEN
			PERFORM not_yours();
		END IF;
		PERFORM need_fresh();
		PERFORM need_second_for_more();
	END IF;
	RETURN revoke_certificate(remark, which, why);
END $$;

-- ------------------------------------------ what people do for themselves

-- False if it is the name already.
CREATE FUNCTION koshin.set_name(remark text, which text, new_name text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_own(which);
BEGIN
	IF a.name = new_name THEN
		RETURN false;
	END IF;
	UPDATE account SET name = new_name WHERE id = a.id;
	PERFORM notice(a.id, 'name_changed',
	    format('name:%s:%s', a.id, a.version));
	PERFORM audited(remark, 'account.name', 'account:' || a.id,
	    a.id);
	RETURN true;
END $$;

-- R-ACC-8: the address is another one from now on; the old and the new one are
-- told. The row is locked by the caller.
CREATE FUNCTION koshin.put_email(remark text, a koshin.account, address text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	event text := format('email:%s:%s', a.id, a.version);
BEGIN
	UPDATE account SET email = address, email_next = NULL, email_at = NULL
	WHERE id = a.id;
	PERFORM notice(a.id, 'email_changed', event || ':old',
	    address => a.email);
	PERFORM notice(a.id, 'email_changed', event || ':new');
	PERFORM kill_codes(a.id, 'address changed');
	PERFORM owe(a.id, false);
	PERFORM audited(remark, 'account.email', 'account:' || a.id, a.id);
END $$;

-- T3: both addresses are told of one that waits, or that waits no more.
CREATE FUNCTION koshin.tell_email(a koshin.account, what text, waits text,
    until timestamptz, old_what text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	event text := format('%s:%s:%s', what, a.id, a.version);
	more jsonb := jsonb_build_object('email', waits, 'until', epoch(until));
BEGIN
	PERFORM notice(a.id, coalesce(old_what, what), event || ':old', more, 1);
	PERFORM notice(a.id, what, event || ':new', more, 1, waits);
END $$;

-- One waits from now on. Where auth has made something by which the old one's
-- owner may end that, it stands in the session: once.
CREATE FUNCTION koshin.put_waiting(remark text, a koshin.account,
    address text, until timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	s session := current_session();
BEGIN
	UPDATE account SET email_next = address, email_at = until,
	    email_code = s.email_code, email_stop = s.email_stop
	WHERE id = a.id;
	UPDATE session SET email_nonce = NULL, email_code = NULL,
	    email_stop = NULL
	WHERE token_digest = s.token_digest;
	PERFORM tell_email(a, 'email_waits', address, until,
	    CASE WHEN s.email_nonce IS NOT NULL THEN 'email_asked' END);
	UPDATE mail SET nonce = s.email_nonce
	WHERE event_key = format('email_waits:%s:%s:old', a.id, a.version)
	AND s.email_nonce IS NOT NULL AND state = 'queued';
	PERFORM audited(remark, 'account.email_ask', 'account:' || a.id, a.id);
END $$;

-- One that waits does so no more. False if there is none. The row is locked by
-- the caller.
CREATE FUNCTION koshin.forget_email(remark text, a koshin.account)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF a.email_next IS NULL THEN
		RETURN false;
	END IF;
	UPDATE account SET email_next = NULL, email_at = NULL WHERE id = a.id;
	PERFORM tell_email(a, 'email_kept', a.email_next, a.email_at);
	PERFORM audited(remark, 'account.email_keep', 'account:' || a.id, a.id);
	RETURN true;
END $$;

-- How often in a day another address may be asked for: each is written to.
CREATE FUNCTION koshin.email_asked_too_often(holder bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT count(*) >= 5 FROM audit
	WHERE account = holder AND action = 'account.email_ask'
	AND at > now() - interval '1 day'
$$;

-- R-ACC-8. In a session it waits for as long as that says (T3), and until then
-- everything goes to the old one; an operator changes that of others at once. The
-- address of today itself ends the waiting of another one. False if it is the
-- address already, or the one that waits.
CREATE FUNCTION koshin.set_email(remark text, which text, new_email text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_own(which);
	s session := current_session();
	waits integer := CASE WHEN session_is_operator()
	    AND s.account <> a.id THEN 0 ELSE coalesce(s.email_wait, 0) END;
BEGIN
	IF a.email = new_email THEN
		RETURN forget_email(remark, a);
	ELSIF waits = 0 THEN
		PERFORM put_email(remark, a, new_email);
		RETURN true;
	ELSIF a.email_next = new_email THEN
		RETURN false;
	ELSIF email_asked_too_often(a.id) THEN
		RAISE EXCEPTION 'another address is asked for 5 times in a day '
		    'at most' USING ERRCODE = 'KO001';
	END IF;
	PERFORM forget_email(remark, a);
	PERFORM put_waiting(remark, a, new_email,
	    now() + make_interval(secs => waits));
	RETURN true;
END $$;

-- The one that waits is given up. False if there is none.
CREATE FUNCTION koshin.keep_email(remark text, which text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	RETURN forget_email(remark, account_own(which));
END $$;

-- R-WEB-8: the language of his mails, and of his pages. False if it is that
-- already.
CREATE FUNCTION koshin.set_locale(remark text, which text, new_locale text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_own(which);
BEGIN
	IF a.locale = new_locale THEN
		RETURN false;
	END IF;
	UPDATE account SET locale = new_locale WHERE id = a.id;
	PERFORM audited(remark, 'account.locale', 'account:' || a.id, a.id,
	    jsonb_build_object('locale', new_locale));
	RETURN true;
END $$;
