-- What operators may do beyond functions_people.sql, at the command line and in
-- a session (R-OPS-2). Each function is one change with its audit row and its
-- notice; `remark` stands beside the operator's name (koshin.acting). An account
-- or contract that is not there is an error (no_data_found).

-- ------------------------------------------------------------- contracts

-- The open contract, for an operator who has just proved to be it.
CREATE FUNCTION koshin.contract_of_operator(which text)
RETURNS koshin.contract
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	PERFORM need_operator();
	PERFORM need_fresh();
	RETURN contract_for_change(which);
END $$;

-- R-ACC-1. The initial password is for the master's registration.
CREATE FUNCTION koshin.add_contract(remark text, new_number text,
    new_name text, initial_hash text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	PERFORM need_operator();
	PERFORM need_fresh();
	INSERT INTO contract (number, name, initial_password_hash)
	VALUES (new_number, new_name, initial_hash);
	PERFORM audited(remark, 'contract.add', 'contract:' || new_number,
	    NULL);
END $$;

-- R-LOCK-7. False if there was nothing to lift. Redis follows, as after
-- lift_account().
CREATE FUNCTION koshin.lift_contract(remark text, which text, why text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract := contract_of_operator(which);
BEGIN
	PERFORM need_reason(why);
	PERFORM owe(NULL, true, which);
	IF unharmed(c.state, c.locks, c.locked_until) THEN
		RETURN false;
	END IF;
	UPDATE contract SET state = 'active', locks = 0, locked_until = NULL
	WHERE number = which;
	PERFORM audited(remark, 'contract.unblock', 'contract:' || which,
	    NULL, jsonb_build_object('reason', why, 'state', c.state));
	RETURN true;
END $$;

-- R-ACC-8a: the master registers again from the start, so the old account
-- ends; its user ID stays taken (R-ACC-3). Redis follows.
CREATE FUNCTION koshin.reset_contract(remark text, which text,
    initial_hash text, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract := contract_of_operator(which);
BEGIN
	PERFORM need_reason(why);
	PERFORM need_second('reset-contract', which);
	IF initial_hash IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE =
		    'a contract is reset with a new initial password only';
	END IF;
	PERFORM owe(NULL, true, which);
	PERFORM end_accounts(remark, which, ARRAY['master'], why);
	UPDATE contract SET initial_password_hash = initial_hash,
	    state = 'active', locks = 0, locked_until = NULL
	WHERE number = which;
	PERFORM audited(remark, 'contract.reset', 'contract:' || which, NULL,
	    jsonb_build_object('reason', why, 'state', c.state));
END $$;

-- Ends the contract for good, with all of its accounts. One that operators are
-- of is closed at the command line alone.
CREATE FUNCTION koshin.close_contract(remark text, which text, why text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract := contract_of_operator(which);
BEGIN
	PERFORM need_reason(why);
	PERFORM need_second('close-contract', which);
	IF EXISTS (SELECT FROM account a WHERE a.contract = which
	    AND a.state <> 'closed' AND NOT is_above(a.role)) THEN
		PERFORM not_yours();
	END IF;
	PERFORM end_accounts(remark, which,
	    ARRAY['master', 'general', 'device', 'operator'], why);
	UPDATE contract SET state = 'closed', initial_password_hash = NULL
	WHERE number = which;
	PERFORM audited(remark, 'contract.close', 'contract:' || which, NULL,
	    jsonb_build_object('reason', why, 'state', c.state));
END $$;

-- Revokes what the users of a contract hold and is good, for a reason of
-- revocation, and why. Says how many.
CREATE FUNCTION koshin.revoke_contract(remark text, which text, reason text,
    why text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract := contract_of_operator(which);
	held bytea;
	revoked integer := 0;
BEGIN
	PERFORM need_reason(why);
	PERFORM need_second('revoke-many', which);
	FOR held IN SELECT x.serial FROM certificate x
	    JOIN account a ON a.id = x.account
	    WHERE a.contract = which AND is_above(a.role)
	    AND x.state = 'issued' AND x.not_after > now()
	    AND NOT EXISTS (SELECT FROM revocation r
		WHERE r.serial = x.serial)
	    ORDER BY x.account, x.serial
	LOOP
		revoked := revoked + revoke_certificate(remark, held,
		    reason)::integer;
	END LOOP;
	PERFORM audited(remark, 'contract.revoke', 'contract:' || which, NULL,
	    jsonb_build_object('reason', why, 'revoked', revoked));
	RETURN revoked;
END $$;

-- R-CERT-11. False if these were it before.
CREATE FUNCTION koshin.set_profiles(remark text, which text, names text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract := contract_of_operator(which);
BEGIN
	IF c.profiles = names THEN
		RETURN false;
	END IF;
	UPDATE contract SET profiles = names WHERE number = which;
	PERFORM audited(remark, 'contract.profiles', 'contract:' || which,
	    NULL, jsonb_build_object('from', c.profiles, 'to', names));
	RETURN true;
END $$;

-- -------------------------------------------------------------- accounts

-- An account of any role; in a session, of any but an operator's, and of people
-- with a temporary password (R-ACC-7). Returns its id.
CREATE FUNCTION koshin.add_account(remark text, new_user_id text,
    new_contract text, new_role text, new_name text, new_email text,
    new_locale text, hash text, temporary boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	PERFORM contract_of_operator(new_contract);
	IF NOT is_above(new_role)
	    OR fenced() AND temporary <> (new_role <> 'device') THEN
		PERFORM not_yours();
	END IF;
	-- R-OPS-4: who closes a master and adds another has reset the contract.
	IF new_role = 'master' AND EXISTS (SELECT FROM account o
	    WHERE o.contract = new_contract AND o.role = 'master') THEN
		PERFORM need_second('reset-contract', new_contract);
	END IF;
	a.user_id := new_user_id;
	a.contract := new_contract;
	a.role := new_role;
	a.name := new_name;
	a.email := new_email;
	a.locale := new_locale;
	a.password_hash := hash;
	a.temporary_password := temporary;
	IF new_role = 'master' THEN		-- R-ACC-2: it is used up
		UPDATE contract SET initial_password_hash = NULL
		WHERE number = new_contract;
	END IF;
	RETURN new_account(remark, a, 'account.add');
END $$;

-- The operator's own way to a password that need not be temporary; for others
-- give_password().
CREATE FUNCTION koshin.set_password(remark text, which text,
    hash text, temporary boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	PERFORM put_password(remark, account_below(which), hash,
	    temporary);
END $$;

-- ----------------------------------------------------------------- mails

-- R-MAIL-1, R-MAIL-4: it was refused for good, and still has something to say. A
-- code is dead, and so is a notice that has been overtaken.
CREATE FUNCTION koshin.may_retry(m koshin.mail) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT m.state = 'failed' AND m.kind <> 'code'
	AND (m.dies_at IS NULL OR m.dies_at > now())
	AND (m.kind NOT IN ('expires_30', 'expires_10', 'expired',
		'not_installed')
	    OR EXISTS (SELECT FROM certificate c
		WHERE c.serial = decode(m.parameters ->> 'serial', 'hex')
		AND c.current AND (m.kind <> 'not_installed'
		    OR c.installed_at IS NULL)))
$$;

-- R-MAIL-4: a mail that was refused for good is tried once more. False if it
-- is not one, or dead.
CREATE FUNCTION koshin.retry_mail(remark text, which bigint)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	PERFORM need_operator();
	UPDATE mail m SET state = 'queued', due_at = now(), done_at = NULL
	WHERE m.id = which AND may_retry(m);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM pg_notify('koshin_mail', '');
	PERFORM audited(remark, 'mail.retry', 'mail:' || which, NULL);
	RETURN true;
END $$;

-- R-MAIL-4: all of them; says how many.
CREATE FUNCTION koshin.retry_failed_mails(remark text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	tried integer;
BEGIN
	PERFORM need_operator();
	UPDATE mail m SET state = 'queued', due_at = now(), done_at = NULL
	WHERE m.state = 'failed' AND may_retry(m);
	GET DIAGNOSTICS tried = ROW_COUNT;
	IF tried > 0 THEN
		PERFORM pg_notify('koshin_mail', '');
		PERFORM audited(remark, 'mail.retry', 'mail:failed', NULL,
		    jsonb_build_object('tried', tried));
	END IF;
	RETURN tried;
END $$;

-- R-LOCK-9. False if it was suspended before. A code on its way is void.
CREATE FUNCTION koshin.suspend_account(remark text, which text, why text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	PERFORM need_operator();
	PERFORM need_fresh();
	a := account_below(which);
	PERFORM need_reason(why);
	IF a.state = 'suspended' THEN
		RETURN false;
	END IF;
	UPDATE account SET state = 'suspended', suspended_from = a.state
	WHERE id = a.id;
	PERFORM kill_codes(a.id, 'account suspended');
	PERFORM notice(a.id, 'suspended',
	    format('suspended:%s:%s', a.id, a.version),
	    jsonb_build_object('reason', why));
	PERFORM audited(remark, 'account.suspend', 'account:' || a.id, a.id,
	    jsonb_build_object('reason', why, 'state', a.state));
	RETURN true;
END $$;

-- It is what it was before, blocked too. False if it is not suspended.
CREATE FUNCTION koshin.resume_account(remark text, which text, why text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	PERFORM need_operator();
	PERFORM need_fresh();
	a := account_below(which);
	PERFORM need_reason(why);
	IF a.state <> 'suspended' THEN
		RETURN false;
	END IF;
	UPDATE account SET state = suspended_from, suspended_from = NULL
	WHERE id = a.id;
	PERFORM notice(a.id, 'resumed',
	    format('resumed:%s:%s', a.id, a.version));
	PERFORM audited(remark, 'account.resume', 'account:' || a.id, a.id,
	    jsonb_build_object('reason', why, 'state', a.suspended_from));
	RETURN true;
END $$;
