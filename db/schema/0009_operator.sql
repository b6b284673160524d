-- What the operator's command line may do. Each function is one change with
-- its audit row and its notice; `actor` is the person at the keyboard.
-- An account or contract that is not there is an error (no_data_found).

CREATE FUNCTION koshin.audited(actor text, action text, object text,
    holder bigint, details jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql SET search_path = pg_catalog, koshin, pg_temp AS $$
	INSERT INTO audit (actor, action, object, account, details)
	VALUES (actor, action, object, holder, details)
$$;

CREATE FUNCTION koshin.add_contract(actor text, new_number text,
    new_name text, initial_hash text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	INSERT INTO contract (number, name, initial_password_hash)
	VALUES (new_number, new_name, initial_hash);
	PERFORM audited(actor, 'contract.add', 'contract:' || new_number,
	    NULL);
END $$;

-- R-LOCK-7
CREATE FUNCTION koshin.unblock_contract(actor text, which text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE contract SET state = 'active', locks = 0, locked_until = NULL
	WHERE number = which AND state <> 'closed';
	IF NOT FOUND THEN
		RAISE no_data_found USING MESSAGE = 'no such open contract';
	END IF;
	PERFORM audited(actor, 'contract.unblock', 'contract:' || which,
	    NULL);
END $$;

-- Returns the new account's id.
CREATE FUNCTION koshin.add_account(actor text, new_user_id text,
    new_contract text, new_role text, new_name text, new_email text,
    new_locale text, hash text, temporary boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	added bigint;
BEGIN
	PERFORM FROM contract WHERE number = new_contract
	    AND state <> 'closed' FOR KEY SHARE;
	IF NOT FOUND THEN
		RAISE no_data_found USING MESSAGE = 'no such open contract';
	END IF;
	INSERT INTO account (user_id, contract, role, name, email, locale,
	    password_hash, temporary_password)
	VALUES (new_user_id, new_contract, new_role, new_name, new_email,
	    new_locale, hash, temporary)
	RETURNING id INTO added;
	IF new_role = 'master' THEN		-- R-ACC-2: it is used up
		UPDATE contract SET initial_password_hash = NULL
		WHERE number = new_contract;
	END IF;
	PERFORM notice(added, 'registered', 'registered:' || added);
	PERFORM audited(actor, 'account.add', 'account:' || added, added,
	    jsonb_build_object('user_id', new_user_id, 'role', new_role));
	RETURN added;
END $$;

-- The open account, locked for the change.
CREATE FUNCTION koshin.account_for_change(which text)
RETURNS koshin.account
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	SELECT * INTO a FROM account
	WHERE user_id = which AND state <> 'closed' FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE no_data_found USING MESSAGE = 'no such open account';
	END IF;
	RETURN a;
END $$;

-- R-LOCK-6. The counters in Redis are lifted by the caller.
CREATE FUNCTION koshin.unlock_account(actor text, which text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
BEGIN
	IF a.state = 'active' AND a.locks = 0 AND a.locked_until IS NULL THEN
		RETURN;
	END IF;
	UPDATE account SET state = 'active', locks = 0, locked_until = NULL
	WHERE id = a.id;
	PERFORM notice(a.id, 'unlocked',
	    format('unlocked:%s:%s', a.id, a.version));
	PERFORM audited(actor, 'account.unlock', 'account:' || a.id, a.id);
END $$;

-- Its certificates stay as they are; revoke them one by one.
CREATE FUNCTION koshin.close_account(actor text, which text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
BEGIN
	UPDATE account SET state = 'closed' WHERE id = a.id;
	UPDATE mail SET state = 'expired', last_answer = 'account closed'
	WHERE account = a.id AND kind = 'code' AND state = 'queued';
	PERFORM audited(actor, 'account.close', 'account:' || a.id, a.id);
END $$;

-- R-ACC-8: told to the old and to the new address.
CREATE FUNCTION koshin.set_email(actor text, which text, new_email text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
	event text := format('email:%s:%s', a.id, a.version);
BEGIN
	IF a.email = new_email THEN
		RETURN;
	END IF;
	PERFORM notice(a.id, 'email_changed', event || ':old');
	UPDATE account SET email = new_email WHERE id = a.id;
	PERFORM notice(a.id, 'email_changed', event || ':new');
	-- A code for the old address must not go there any more.
	UPDATE mail SET state = 'expired', last_answer = 'address changed'
	WHERE account = a.id AND kind = 'code' AND state = 'queued';
	PERFORM audited(actor, 'account.email', 'account:' || a.id, a.id);
END $$;

-- R-ACC-7
CREATE FUNCTION koshin.set_password(actor text, which text, hash text,
    temporary boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
BEGIN
	UPDATE account SET password_hash = hash,
	    temporary_password = temporary
	WHERE id = a.id;
	PERFORM notice(a.id, 'password_changed',
	    format('password:%s:%s', a.id, a.version));
	PERFORM audited(actor, 'account.password', 'account:' || a.id, a.id,
	    jsonb_build_object('temporary', temporary));
END $$;

-- False if it was revoked before. A reservation cannot be revoked, it is
-- closed by time (I-4).
CREATE FUNCTION koshin.revoke_certificate(actor text, which bytea,
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
		RAISE no_data_found USING MESSAGE = 'no such certificate';
	END IF;
	PERFORM FROM account WHERE id = holder FOR NO KEY UPDATE;
	INSERT INTO revocation (serial, reason, actor)
	VALUES (which, why, actor) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE certificate SET current = false
	WHERE serial = which AND current;
	PERFORM notice(holder, 'revoked', 'revoked:' || hex,
	    jsonb_build_object('serial', hex));
	PERFORM audited(actor, 'certificate.revoke', 'certificate:' || hex,
	    holder, jsonb_build_object('reason', why));
	RETURN true;
END $$;

-- R-MAIL-4: a mail that was refused for good is tried once more. False if it
-- is not one, or dead.
CREATE FUNCTION koshin.retry_mail(actor text, which bigint)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE mail SET state = 'queued', due_at = now(), done_at = NULL
	WHERE id = which AND state = 'failed' AND kind <> 'code'
	AND (dies_at IS NULL OR dies_at > now());
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM pg_notify('koshin_mail', '');
	PERFORM audited(actor, 'mail.retry', 'mail:' || which, NULL);
	RETURN true;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA koshin FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    koshin.add_contract(text, text, text, text),
    koshin.unblock_contract(text, text),
    koshin.add_account(text, text, text, text, text, text, text, text,
	boolean),
    koshin.unlock_account(text, text),
    koshin.close_account(text, text),
    koshin.set_email(text, text, text),
    koshin.set_password(text, text, text, boolean),
    koshin.revoke_certificate(text, bytea, text),
    koshin.retry_mail(text, bigint)
    TO koshin_operator;
