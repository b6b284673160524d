-- What people do to contracts and accounts: each function is one change with
-- its audit row and its notices, for the command line and for the pages.
-- Who may do it is judged before, by policy/authority; here it is asked a
-- second time, by rows (I-14).
--
-- Whoever comes in as koshin_member acts for one account, in a session that
-- enter_session() begins. Outside of a session he reaches nothing but the
-- registrations, which prove a password. In a session
--   1. each function names the contract in its statement (account_for_change),
--   2. reading is fenced by row level security,
--   3. writing is fenced by triggers, that hold in these functions as well.

DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'koshin_member')
	THEN
		BEGIN
			CREATE ROLE koshin_member LOGIN NOSUPERUSER NOCREATEDB
			    NOCREATEROLE NOINHERIT;
		EXCEPTION
		WHEN duplicate_object OR unique_violation THEN
			NULL;
		END;
	END IF;
END $$;

-- --------------------------------------------------------------- sessions

-- The account that acts: NULL when there is no session, or when the account
-- was closed, blocked or given a temporary password since it began.
CREATE FUNCTION koshin.session_account() RETURNS koshin.account
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT a FROM account a
	WHERE a.user_id = current_setting('koshin.actor', true)
	AND a.contract = current_setting('koshin.contract', true)
	AND a.state = 'active' AND a.role <> 'device'
	AND NOT a.temporary_password
$$;

CREATE FUNCTION koshin.session_contract() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT (session_account()).contract
$$;

-- NULL: all accounts of the contract (a master); otherwise that one only.
CREATE FUNCTION koshin.session_only() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT CASE WHEN a.role <> 'master' THEN a.user_id END
	FROM session_account() a
$$;

-- Begins a session: of the transaction, or of the connection. The password
-- was proved by the caller. False if the account is not one that may act, or
-- if there is a session of another one.
CREATE FUNCTION koshin.enter_session(which text, transaction_only boolean)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF current_setting('koshin.actor', true) <> which
	    AND current_setting('koshin.actor', true) <> '' THEN
		RETURN false;
	END IF;
	PERFORM set_config('koshin.actor', which, transaction_only),
	    set_config('koshin.contract', coalesce((SELECT contract
	    FROM account WHERE user_id = which), ''), transaction_only);
	RETURN session_contract() IS NOT NULL;
END $$;

-- What is written from here on is written for this contract: for functions
-- that people call before they have a session.
CREATE FUNCTION koshin.bind(number text, who text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	bound text := current_setting('koshin.contract', true);
BEGIN
	IF session_user <> 'koshin_member' OR bound = number THEN
		RETURN;
	END IF;
	IF bound <> '' THEN
		RAISE no_data_found USING MESSAGE = 'no such open contract';
	END IF;
	PERFORM set_config('koshin.contract', number, true),
	    set_config('koshin.actor', who, true);
END $$;

-- Who stands in the audit trail: the person of the session, otherwise the one
-- that is named.
CREATE FUNCTION koshin.acting(actor text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT CASE WHEN session_user <> 'koshin_member' THEN actor
	    ELSE format('%s/%s', current_setting('koshin.contract', true),
	    current_setting('koshin.actor', true)) END
$$;

-- The second lock on reading. Everybody else reads as before.
ALTER TABLE koshin.contract ENABLE ROW LEVEL SECURITY;
ALTER TABLE koshin.account ENABLE ROW LEVEL SECURITY;
ALTER TABLE koshin.certificate ENABLE ROW LEVEL SECURITY;
ALTER TABLE koshin.revocation ENABLE ROW LEVEL SECURITY;

CREATE POLICY contract_all ON koshin.contract USING (true);
CREATE POLICY contract_own ON koshin.contract AS RESTRICTIVE
    TO koshin_member
    USING (number = (SELECT koshin.session_contract())
    AND (SELECT koshin.session_only()) IS NULL);

CREATE POLICY account_all ON koshin.account USING (true);
CREATE POLICY account_own ON koshin.account AS RESTRICTIVE
    TO koshin_member
    USING (contract = (SELECT koshin.session_contract())
    AND user_id = coalesce((SELECT koshin.session_only()), user_id));

-- An account that is not seen has no certificates either.
CREATE POLICY certificate_all ON koshin.certificate USING (true);
CREATE POLICY certificate_own ON koshin.certificate AS RESTRICTIVE
    TO koshin_member
    USING (account IN (SELECT a.id FROM koshin.account a));

CREATE POLICY revocation_all ON koshin.revocation USING (true);
CREATE POLICY revocation_own ON koshin.revocation AS RESTRICTIVE
    TO koshin_member
    USING (serial IN (SELECT c.serial FROM koshin.certificate c));

-- The second lock on writing: holds against a function that forgot to ask.
CREATE FUNCTION koshin.fence(number text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF number IS DISTINCT FROM current_setting('koshin.contract', true)
	THEN
		RAISE EXCEPTION 'this session is not of that contract (I-14)'
		    USING ERRCODE = 'insufficient_privilege';
	END IF;
END $$;

CREATE FUNCTION koshin.fence_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	CASE TG_TABLE_NAME
	WHEN 'contract' THEN
		PERFORM fence(NEW.number);
	WHEN 'account' THEN
		PERFORM fence(NEW.contract);
	WHEN 'revocation' THEN
		PERFORM fence(a.contract) FROM account a
		JOIN certificate c ON c.account = a.id
		WHERE c.serial = NEW.serial;
	ELSE	-- certificate, mail
		PERFORM fence((SELECT a.contract FROM account a
		    WHERE a.id = NEW.account));
	END CASE;
	RETURN NEW;
END $$;

CREATE TRIGGER contract_fence BEFORE INSERT OR UPDATE ON koshin.contract
    FOR EACH ROW WHEN (session_user = 'koshin_member')
    EXECUTE FUNCTION koshin.fence_row();
CREATE TRIGGER account_fence BEFORE INSERT OR UPDATE ON koshin.account
    FOR EACH ROW WHEN (session_user = 'koshin_member')
    EXECUTE FUNCTION koshin.fence_row();
CREATE TRIGGER certificate_fence BEFORE INSERT OR UPDATE
    ON koshin.certificate
    FOR EACH ROW WHEN (session_user = 'koshin_member')
    EXECUTE FUNCTION koshin.fence_row();
CREATE TRIGGER revocation_fence BEFORE INSERT ON koshin.revocation
    FOR EACH ROW WHEN (session_user = 'koshin_member')
    EXECUTE FUNCTION koshin.fence_row();
CREATE TRIGGER mail_fence BEFORE INSERT OR UPDATE ON koshin.mail
    FOR EACH ROW WHEN (session_user = 'koshin_member')
    EXECUTE FUNCTION koshin.fence_row();

-- ------------------------------------------------------ what is acted on

-- The open account, locked for the change. To a session only what it sees is
-- there: its own, and to a master those of the contract.
CREATE OR REPLACE FUNCTION koshin.account_for_change(which text)
RETURNS koshin.account
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	SELECT * INTO a FROM account
	WHERE user_id = which AND state <> 'closed'
	AND (session_user <> 'koshin_member'
	    OR contract = session_contract()
	    AND user_id = coalesce(session_only(), user_id))
	FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE no_data_found USING MESSAGE = 'no such open account';
	END IF;
	RETURN a;
END $$;

CREATE FUNCTION koshin.not_yours() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'this is not for you to do'
	    USING ERRCODE = 'insufficient_privilege';
END $$;

-- For what somebody else does to a user: in a session, the master to general
-- users and devices (R-LOCK-6).
CREATE FUNCTION koshin.account_below(which text) RETURNS koshin.account
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
BEGIN
	IF session_user = 'koshin_member' AND (a.role = 'master'
	    OR session_only() IS NOT NULL) THEN
		PERFORM not_yours();
	END IF;
	RETURN a;
END $$;

-- For what people do for themselves (R-ACC-8); a master speaks for a device.
CREATE FUNCTION koshin.account_own(which text) RETURNS koshin.account
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
BEGIN
	IF session_user = 'koshin_member' AND a.role <> 'device'
	    AND a.id <> (session_account()).id THEN
		PERFORM not_yours();
	END IF;
	RETURN a;
END $$;

CREATE FUNCTION koshin.contract_for_change(which text)
RETURNS koshin.contract
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract;
BEGIN
	SELECT * INTO c FROM contract
	WHERE number = which AND state <> 'closed' FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE no_data_found USING MESSAGE = 'no such open contract';
	END IF;
	RETURN c;
END $$;

CREATE FUNCTION koshin.need_reason(why text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF why IS NULL OR btrim(why) = '' THEN
		RAISE invalid_parameter_value
		    USING MESSAGE = 'this is done with a reason only';
	END IF;
END $$;

-- O-09: a code that waits to be mailed dies with what it was mailed for. The
-- one in Redis is killed by the caller, in the transaction of the change.
CREATE FUNCTION koshin.kill_codes(holder bigint, why text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, koshin, pg_temp AS $$
	UPDATE mail SET state = 'expired', last_answer = why
	WHERE account = holder AND kind = 'code' AND state = 'queued'
$$;

-- Ends the account for good: what it holds is revoked, what is about to be
-- signed for it is abandoned (I-4). The row is locked by the caller.
CREATE FUNCTION koshin.end_account(actor text, a koshin.account, why text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	held bytea;
BEGIN
	FOR held IN SELECT serial FROM certificate
	    WHERE account = a.id AND state = 'issued' AND not_after > now()
	    ORDER BY serial
	LOOP
		PERFORM revoke_certificate(actor, held,
		    'cessationOfOperation');
	END LOOP;
	FOR held IN UPDATE certificate
	    SET state = 'abandoned', abandoned_at = now()
	    WHERE account = a.id AND state = 'reserved' RETURNING serial
	LOOP
		INSERT INTO revocation (serial, reason, actor)
		VALUES (held, 'abandoned', actor);
		PERFORM audited(actor, 'certificate.abandon',
		    'certificate:' || encode(held, 'hex'), a.id);
	END LOOP;
	UPDATE account SET state = 'closed' WHERE id = a.id;
	PERFORM kill_codes(a.id, 'account closed');
	PERFORM audited(actor, 'account.close', 'account:' || a.id, a.id,
	    jsonb_build_object('reason', why));
END $$;

-- ------------------------------------------- what is done to somebody else

CREATE OR REPLACE FUNCTION koshin.lift_account(actor text, which text,
    why text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_below(which);
BEGIN
	PERFORM need_reason(why);
	IF a.state = 'active' AND a.locks = 0 AND a.locked_until IS NULL THEN
		RETURN false;
	END IF;
	UPDATE account SET state = 'active', locks = 0, locked_until = NULL
	WHERE id = a.id;
	PERFORM notice(a.id, 'unlocked',
	    format('unlocked:%s:%s', a.id, a.version));
	PERFORM audited(acting(actor), 'account.unlock', 'account:' || a.id,
	    a.id, jsonb_build_object('reason', why, 'state', a.state,
	    'locks', a.locks));
	RETURN true;
END $$;

DROP FUNCTION koshin.close_account(text, text);
CREATE FUNCTION koshin.close_account(actor text, which text,
    why text DEFAULT '') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_below(which);
BEGIN
	PERFORM end_account(acting(actor), a, why);
END $$;

-- The operator's own way to a password that need not be temporary; for others
-- give_password().
CREATE OR REPLACE FUNCTION koshin.set_password(actor text, which text,
    hash text, temporary boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_below(which);
BEGIN
	UPDATE account SET password_hash = hash,
	    temporary_password = temporary
	WHERE id = a.id;
	PERFORM kill_codes(a.id, 'password changed');
	PERFORM notice(a.id, 'password_changed',
	    format('password:%s:%s', a.id, a.version));
	PERFORM audited(acting(actor), 'account.password',
	    'account:' || a.id, a.id,
	    jsonb_build_object('temporary', temporary));
END $$;

-- R-ACC-7. A device cannot replace a password: its new one is for good.
CREATE FUNCTION koshin.give_password(actor text, which text, hash text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_below(which);
BEGIN
	PERFORM set_password(actor, which, hash, a.role <> 'device');
END $$;

-- R-CERT-6. Whether the profile lets a master do it is the caller's to know.
CREATE FUNCTION koshin.withdraw_certificate(actor text, which bytea,
    why text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	IF session_user = 'koshin_member' THEN
		SELECT holder.* INTO a FROM certificate c
		JOIN account holder ON holder.id = c.account
		WHERE c.serial = which
		AND holder.contract = session_contract()
		AND holder.user_id = coalesce(session_only(), holder.user_id);
		IF NOT FOUND THEN
			RAISE no_data_found
			    USING MESSAGE = 'no such certificate';
		ELSIF a.role = 'master' OR session_only() IS NOT NULL THEN
			PERFORM not_yours();
		END IF;
	END IF;
	RETURN revoke_certificate(acting(actor), which, why);
END $$;

-- ------------------------------------------ what people do for themselves

CREATE FUNCTION koshin.set_name(actor text, which text, new_name text)
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
	PERFORM audited(acting(actor), 'account.name', 'account:' || a.id,
	    a.id);
	RETURN true;
END $$;

-- R-ACC-8: told to the old and to the new address.
DROP FUNCTION koshin.set_email(text, text, text);
CREATE FUNCTION koshin.set_email(actor text, which text, new_email text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_own(which);
	event text := format('email:%s:%s', a.id, a.version);
BEGIN
	IF a.email = new_email THEN
		RETURN false;
	END IF;
	PERFORM notice(a.id, 'email_changed', event || ':old');
	UPDATE account SET email = new_email WHERE id = a.id;
	PERFORM notice(a.id, 'email_changed', event || ':new');
	PERFORM kill_codes(a.id, 'address changed');
	PERFORM audited(acting(actor), 'account.email', 'account:' || a.id,
	    a.id);
	RETURN true;
END $$;

-- `proved`: the hash that the old password fitted. False: it is another one
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
	UPDATE account SET password_hash = hash WHERE id = a.id;
	PERFORM kill_codes(a.id, 'password changed');
	PERFORM notice(a.id, 'password_changed',
	    format('password:%s:%s', a.id, a.version));
	PERFORM audited(acting(actor), 'account.password',
	    'account:' || a.id, a.id,
	    jsonb_build_object('temporary', false));
	RETURN true;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA koshin FROM PUBLIC;
REVOKE ALL ON FUNCTION koshin.revoke_certificate(text, bytea, text)
    FROM koshin_operator;
GRANT USAGE ON SCHEMA koshin TO koshin_member;
GRANT SELECT ON koshin.migration TO koshin_member;
GRANT SELECT (number, name, state, locks, locked_until, made_at)
    ON koshin.contract TO koshin_member;
GRANT SELECT (id, version, user_id, contract, role, name, email, locale,
    temporary_password, state, locks, locked_until, made_at)
    ON koshin.account TO koshin_member;
GRANT SELECT (serial, account, profile, subject, not_before, not_after,
    replaces, via, state, current, reserved_at, issued_at, fingerprint, der)
    ON koshin.certificate TO koshin_member;
GRANT SELECT (serial, revoked_at, reason) ON koshin.revocation
    TO koshin_member;
GRANT EXECUTE ON FUNCTION
    koshin.epoch(timestamptz),
    koshin.session_contract(),
    koshin.session_only(),
    koshin.enter_session(text, boolean),
    koshin.change_password(text, text, text, text)
    TO koshin_member;
GRANT EXECUTE ON FUNCTION
    koshin.lift_account(text, text, text),
    koshin.close_account(text, text, text),
    koshin.give_password(text, text, text),
    koshin.withdraw_certificate(text, bytea, text),
    koshin.set_name(text, text, text),
    koshin.set_email(text, text, text)
    TO koshin_operator, koshin_member;
