-- What only a member may do: how accounts begin, one's own password, details
-- and calendar. The
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

-- R-ACC-8: one's own, in a session that has just begun with the old one. False:
-- the old one is another one meanwhile.
CREATE FUNCTION koshin.change_password(hash text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change((session_account()).user_id);
BEGIN
	PERFORM need_anew();
	IF proof_of(a.password_hash) <> (current_session()).proof THEN
		RETURN false;
	END IF;
	PERFORM put_password('', a, hash, false);
	RETURN true;
END $$;

-- --------------------------------------------------------- own details

-- What stands about the one whose session it is; no row: there is none.
CREATE FUNCTION koshin.own_details()
RETURNS TABLE (name text, email text, locale text, email_next text,
    email_at timestamptz, email_code boolean, feed boolean)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT a.name, a.email, a.locale, a.email_next, a.email_at,
	    a.email_code IS NOT NULL, a.feed IS NOT NULL
	FROM session_account() a WHERE a.id IS NOT NULL
$$;

-- His calendar has another address, of which the digest is known here, or
-- none (NULL). False if there was none before either.
CREATE FUNCTION koshin.set_feed(its_digest bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change((session_account()).user_id);
BEGIN
	IF a.feed IS NULL AND its_digest IS NULL THEN
		RETURN false;
	END IF;
	UPDATE account SET feed = its_digest WHERE id = a.id;
	PERFORM audited('', 'account.calendar', 'account:' || a.id, a.id,
	    jsonb_build_object('on', its_digest IS NOT NULL));
	RETURN true;
END $$;

-- R-CERT-6: a certificate of his own, in a session that has just begun with the
-- password. Whether its profile lets the holder do it is the caller's to know.
-- False: it was revoked before.
CREATE FUNCTION koshin.revoke_own(remark text, which bytea, why text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	own account := session_account();
BEGIN
	PERFORM FROM certificate WHERE serial = which AND account = own.id;
	IF NOT FOUND THEN
		PERFORM not_there('certificate');
	END IF;
	PERFORM need_anew();
	RETURN revoke_certificate(remark, which, why);
END $$;

-- Called by a front, for whoever has the link of the mail to the old address
-- (T3): another one that waits is given up. False: none does, that this token
-- is of.
CREATE FUNCTION koshin.stop_email(its_digest bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	SELECT * INTO a FROM account
	WHERE email_stop = its_digest AND email_at > now()
	FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	RETURN forget_email('by the link mailed to the old address', a);
END $$;

-- Called by a front, for whoever has the address: of whom it is, the current
-- certificates, and of a master those of the contract. There are no names in
-- it, since programs read it elsewhere. One row at least where there is such
-- an address: without a serial, if there is no certificate.
CREATE FUNCTION koshin.feed(its_digest bytea)
RETURNS TABLE (locale text, user_id text, serial bytea, profile text,
    not_before timestamptz, not_after timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT o.locale, x.user_id, x.serial, x.profile, x.not_before,
	    x.not_after
	FROM account o
	LEFT JOIN LATERAL (SELECT a.user_id, c.serial, c.profile,
	    c.not_before, c.not_after
	    FROM account a JOIN certificate c ON c.account = a.id AND c.current
	    WHERE a.contract = o.contract AND a.state <> 'closed'
	    AND (a.id = o.id OR o.role = 'master')
	    ORDER BY c.not_after, c.serial LIMIT 5000) x ON true
	WHERE o.feed = its_digest AND o.state IN ('active', 'blocked')
	ORDER BY x.not_after, x.serial
$$;
