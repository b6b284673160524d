-- What only a member may do: how accounts begin, and one's own password. The
-- master proves the initial password of the contract (R-ACC-2), a general user
-- a temporary one (R-ACC-7): that is what the session was begun with, and it
-- is compared once more here, so that what was changed in between is not waved
-- through.

-- ------------------------------------------------------ registrations

-- R-ACC-2: uses the initial password up, and sets the ladder to zero.
CREATE FUNCTION koshin.register_master(new_user_id text, new_name text,
    new_email text, new_locale text, hash text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
	s session := current_session();
BEGIN
	UPDATE contract SET initial_password_hash = NULL, locks = 0,
	    locked_until = NULL
	WHERE number = s.contract AND s.account IS NULL
	AND usable(state, locked_until)
	AND proof_of(initial_password_hash) = s.proof;
	IF NOT FOUND THEN
		PERFORM not_there('open contract');
	END IF;
	a.user_id := new_user_id;
	a.contract := s.contract;
	a.role := 'master';
	a.name := new_name;
	a.email := new_email;
	a.locale := new_locale;
	a.password_hash := hash;
	a.temporary_password := false;
	RETURN new_account('', a, 'account.register');
END $$;

-- T6: whether nobody has that user ID, of whatever contract, asked before a
-- master registers it. What he learns by asking is counted, and he has it a
-- hundred times in a day; then he registers nobody.
CREATE FUNCTION koshin.claim_user_id(wanted text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	own account := session_account();
BEGIN
	IF own.id IS NULL THEN
		PERFORM not_there('session');
	ELSIF own.role <> 'master' THEN
		PERFORM not_yours();
	END IF;
	PERFORM not_more_than(100, done_today('account.taken', own.id),
	    'a master user asks for user IDs that are taken within a day');
	IF NOT EXISTS (SELECT FROM account WHERE user_id = wanted) THEN
		RETURN true;
	END IF;
	PERFORM audited('', 'account.taken', 'account:' || own.id, own.id,
	    jsonb_build_object('user_id', wanted));
	RETURN false;
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
	RETURN new_account('', a, 'account.add');
END $$;

-- ------------------------------------------------------------ passwords

-- R-ACC-7: the first thing that a general user does. False: the temporary
-- password is another one, or none, meanwhile.
CREATE FUNCTION koshin.replace_temporary_password(hash text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
	s session := current_session();
BEGIN
	SELECT * INTO a FROM account
	WHERE id = s.account AND temporary_password
	AND usable(state, locked_until)
	AND proof_of(password_hash) = s.proof FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM put_password('', a, hash, false);
	RETURN true;
END $$;

-- R-ACC-8: one's own, in a session. False: the old one is another one
-- meanwhile.
CREATE FUNCTION koshin.change_password(hash text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change((session_account()).user_id);
BEGIN
	IF proof_of(a.password_hash) <> (current_session()).proof THEN
		RETURN false;
	END IF;
	PERFORM put_password('', a, hash, false);
	RETURN true;
END $$;
