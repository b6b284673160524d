-- What only a member may do: how accounts begin, and what is proved before
-- there is a session. The master proves the initial password of the contract
-- (R-ACC-2), a general user a temporary one (R-ACC-7). The password itself is
-- proved by the program; `proved` is the hash that it fitted, so that what was
-- changed in between is not waved through.

-- ------------------------------------------- proofs, and their ladder

-- What the initial password is proved against. In a session: nothing.
CREATE FUNCTION koshin.proof_of_contract(which text)
RETURNS TABLE (hash text, state text, locks integer, locked_until bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT c.initial_password_hash, c.state, c.locks,
	    coalesce(epoch(c.locked_until), 0)
	FROM contract c WHERE c.number = which
	AND coalesce(current_setting('koshin.contract', true), '') = ''
$$;

-- What a password is proved against. In a session: of its own account only.
CREATE FUNCTION koshin.proof_of_account(which text)
RETURNS TABLE (id bigint, contract text, role text, hash text,
    temporary_password boolean, state text, locks integer,
    locked_until bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT a.id, a.contract, a.role, a.password_hash,
	    a.temporary_password, a.state, a.locks,
	    coalesce(epoch(a.locked_until), 0)
	FROM account a WHERE a.user_id = which
	AND (coalesce(current_setting('koshin.contract', true), '') = ''
	    OR a.id = (session_account()).id)
$$;

-- R-LOCK-7: a lock that Redis has decided. May be sent twice.
CREATE FUNCTION koshin.lock_contract(which text, number integer,
    until timestamptz, block boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract;
BEGIN
	PERFORM bind(which, '');
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

-- The same for an account, by its user ID: where there is no front.
CREATE FUNCTION koshin.lock_person(which text, number integer,
    until timestamptz, block boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	SELECT * INTO a FROM account WHERE user_id = which;
	IF FOUND THEN
		PERFORM bind(a.contract, which);
		PERFORM lock_account(a.id, number, until, block);
	END IF;
END $$;

-- ------------------------------------------------------ registrations

-- R-ACC-2: uses the initial password up, and sets the ladder to zero.
CREATE FUNCTION koshin.register_master(which text, proved text,
    new_user_id text, new_name text, new_email text, new_locale text,
    hash text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	PERFORM bind(which, new_user_id);
	UPDATE contract SET initial_password_hash = NULL, locks = 0,
	    locked_until = NULL
	WHERE number = which AND usable(state, locked_until)
	AND initial_password_hash = proved;
	IF NOT FOUND THEN
		PERFORM not_there('open contract');
	END IF;
	a.user_id := new_user_id;
	a.contract := which;
	a.role := 'master';
	a.name := new_name;
	a.email := new_email;
	a.locale := new_locale;
	a.password_hash := hash;
	a.temporary_password := false;
	RETURN new_account(format('%s/%s', which, new_user_id), a,
	    'account.register');
END $$;

-- R-ACC-7: by the master, in a session; the contract is the session's.
CREATE FUNCTION koshin.register_member(new_user_id text, new_role text,
    new_name text, new_email text, new_locale text, hash text)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	a.contract := session_contract();
	IF a.contract IS NULL THEN
		PERFORM not_there('open contract');
	ELSIF session_only() IS NOT NULL
	    OR new_role NOT IN ('general', 'device') THEN
		PERFORM not_yours();
	END IF;
	PERFORM contract_for_change(a.contract);
	a.user_id := new_user_id;
	a.role := new_role;
	a.name := new_name;
	a.email := new_email;
	a.locale := new_locale;
	a.password_hash := hash;
	a.temporary_password := new_role = 'general';
	RETURN new_account(acting(''), a, 'account.add');
END $$;

-- ------------------------------------------------------------ passwords

-- R-ACC-7: the first thing that a general user does. False: the temporary
-- password is another one, or none, meanwhile.
CREATE FUNCTION koshin.replace_temporary_password(which text, proved text,
    hash text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	SELECT * INTO a FROM account
	WHERE user_id = which AND temporary_password
	AND usable(state, locked_until)
	AND password_hash = proved FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM bind(a.contract, which);
	PERFORM put_password(format('%s/%s', a.contract, which), a, hash,
	    false);
	RETURN true;
END $$;

-- R-ACC-8: one's own, in a session. False: the old one is another one
-- meanwhile.
CREATE FUNCTION koshin.change_password(actor text, which text, proved text,
    hash text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
BEGIN
	IF a.id IS DISTINCT FROM (session_account()).id THEN
		PERFORM not_yours();
	END IF;
	IF a.password_hash <> proved THEN
		RETURN false;
	END IF;
	PERFORM put_password(acting(actor), a, hash, false);
	RETURN true;
END $$;
