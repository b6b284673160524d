-- Whoever comes in as koshin_member acts for one account, in a session
-- (docs/decisions/0019-session-is-a-row.md), or registers a master.
-- Outside of one he reaches nothing. Who may do what is judged before, by
-- policy/authority; here it is asked a second time, by rows (I-14). In a
-- session
--   1. each function names the contract in its statement
--      (account_for_change),
--   2. reading is fenced by row level security,
--   3. writing is fenced by triggers, that hold in these functions as well.

-- A password that was proved to auth, and what it is good for: it is known by
-- a random token, of which only the digest stands here. Nobody reads or
-- writes the table.
CREATE TABLE koshin.session (
	token_digest bytea PRIMARY KEY
	    CHECK (octet_length(token_digest) = 32),
	contract text COLLATE "C" NOT NULL
	    REFERENCES koshin.contract (number),
	account bigint REFERENCES koshin.account,
	    -- NULL: the initial password, to register a master
	proof bytea NOT NULL CHECK (octet_length(proof) = 32),
	-- How often a master may, as the settings of auth say (T6, T7):
	lifts integer NOT NULL,		-- lift for one user in a day,
	passwords integer NOT NULL,	-- give one user a password in a day,
	closes integer NOT NULL,	-- close users in an hour
	-- What an operator does with a second one only, how long a proposal
	-- waits for that one, and how many certificates one revokes alone in an
	-- hour (functions_second.sql):
	seconded text[] NOT NULL,
	second_within interval NOT NULL,
	revokes integer NOT NULL,
	-- How long another address waits, in seconds (T3):
	email_wait integer NOT NULL,
	-- And by what its old one may end that, if auth was asked: what the mail
	-- is made of, and what account has (functions_people.sql).
	email_nonce bytea CHECK (octet_length(email_nonce) = 16),
	email_code koshin.digest,
	email_stop koshin.digest,
	began_at timestamptz NOT NULL DEFAULT now(),
	ends_at timestamptz NOT NULL
);

CREATE INDEX session_ends ON koshin.session (ends_at);

-- What a session has done here, and has to be done in Redis too, by auth, who
-- alone may (R-LOCK-6, R-LOCK-7, O-09): failures and locks forgotten, or the code
-- that is outstanding dropped. Nobody reads or writes the table.
CREATE TABLE koshin.owed (
	session bytea NOT NULL REFERENCES koshin.session ON DELETE CASCADE,
	account bigint REFERENCES koshin.account,
	contract text COLLATE "C" REFERENCES koshin.contract,	-- or of one
	lift boolean NOT NULL,
	owed_at timestamptz NOT NULL DEFAULT now(),

	CONSTRAINT owed_once
	    UNIQUE NULLS NOT DISTINCT (session, account, contract),
	CONSTRAINT owed_one CHECK (num_nonnulls(account, contract) = 1)
);

-- By what a session remembers which password it was begun with.
CREATE FUNCTION koshin.proof_of(hash text) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
	SELECT sha256(convert_to(hash, 'UTF8'))
$$;

-- Each question of a member asks these, several times over (the policies
-- below): in plpgsql, which plans what it asks once for a connection. SQL would
-- plan it anew each time. Since it may be planned while there is nothing yet,
-- what is asked is by one key alone, which has one plan.

-- The session of whoever asks; NULL: none. Anybody may SET the token: only
-- one that auth has made is worth anything.
CREATE FUNCTION koshin.current_session() RETURNS koshin.session
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	RETURN (SELECT s FROM session s
	WHERE s.token_digest = sha256(convert_to(
	    current_setting('koshin.token', true), 'UTF8'))
	AND s.ends_at > now());
END $$;

-- The account that acts: NULL when there is no session, or when the account
-- was closed, blocked or given another password since it began.
CREATE FUNCTION koshin.session_account() RETURNS koshin.account
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	s session := current_session();
	a account;
BEGIN
	SELECT x.* INTO a FROM account x WHERE x.id = s.account;
	IF a.state = 'active' AND a.role <> 'device'
	    AND NOT a.temporary_password
	    AND proof_of(a.password_hash) = s.proof THEN
		RETURN a;
	END IF;
	RETURN NULL;
END $$;

-- Its contract; NULL: there is no session.
CREATE FUNCTION koshin.session_contract() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	RETURN (session_account()).contract;
END $$;

-- Whether the one who acts is an operator, who has proved that to auth: then
-- all contracts are there (functions_operator.sql).
CREATE FUNCTION koshin.session_is_operator() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	RETURN coalesce((session_account()).role = 'operator', false);
END $$;

-- NULL: all accounts of the contract (a master); otherwise that one only.
CREATE FUNCTION koshin.session_only() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := session_account();
BEGIN
	RETURN CASE WHEN a.role <> 'master' THEN a.user_id END;
END $$;

-- Called by a member: goes on with the session of a token, for the
-- transaction or the connection. False if it is none, or if this is another
-- one's already.
CREATE FUNCTION koshin.enter_session(token text, transaction_only boolean)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF current_setting('koshin.token', true) NOT IN ('', token) THEN
		RETURN false;
	END IF;
	PERFORM set_config('koshin.token', token, transaction_only);
	RETURN (current_session()).ends_at IS NOT NULL;
END $$;

-- The same, when he is through: its token is worth nothing any more.
CREATE FUNCTION koshin.end_session() RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	DELETE FROM session
	WHERE token_digest = (current_session()).token_digest
$$;

-- Whether a session is needed: for koshin_member, and for whoever was given
-- that role. An operator who was given both is held to the smaller. A superuser
-- counts as member of every role, also while he acts as one (SET ROLE).
CREATE FUNCTION koshin.fenced() RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT pg_catalog.pg_has_role(session_user, 'koshin_member', 'MEMBER')
	    AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r
	    WHERE r.rolname = session_user AND r.rolsuper)
$$;

-- Who stands in the audit trail: the person of the session (who registers as
-- a master has no account before: it is the one that the row is about), or the
-- operator by the name that PostgreSQL has proved. A process is no person; but
-- where somebody `begins` before auth, it is he.
CREATE FUNCTION koshin.acting(about bigint DEFAULT NULL,
    begins boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF fenced() THEN
		RETURN (SELECT format('%s/%s', a.contract, a.user_id)
		FROM account a
		WHERE a.id = coalesce((current_session()).account, about));
	END IF;
	IF pg_has_role(session_user, 'koshin_operator', 'MEMBER') THEN
		RETURN session_user;
	END IF;
	IF begins AND pg_has_role(session_user, 'koshin_auth', 'MEMBER') THEN
		RETURN (SELECT format('%s/%s', a.contract, a.user_id)
		FROM account a WHERE a.id = about);
	END IF;
	RETURN '';
END $$;

-- Every function below that a person calls writes its row with this. `remark`
-- is said by the program, and so by anybody.
CREATE FUNCTION koshin.audited(remark text, action text, object text,
    holder bigint, details jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	INSERT INTO audit (actor, action, object, account, details)
	VALUES (acting(holder, action IN ('account.register',
	    'account.password', 'account.email')), action, object, holder,
	    details
	    || CASE WHEN remark <> '' THEN jsonb_build_object('remark', remark)
	    ELSE '{}' END);
END $$;

-- ----------------------------------------------- the second lock on reading

-- Everybody else reads as before.
ALTER TABLE koshin.contract ENABLE ROW LEVEL SECURITY;
ALTER TABLE koshin.account ENABLE ROW LEVEL SECURITY;
ALTER TABLE koshin.certificate ENABLE ROW LEVEL SECURITY;
ALTER TABLE koshin.revocation ENABLE ROW LEVEL SECURITY;
ALTER TABLE koshin.mail ENABLE ROW LEVEL SECURITY;

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

-- An account that is not seen has no certificates either. IN, and not EXISTS:
-- the set of all that are seen is made once, whatever PostgreSQL expects. A plan
-- is made once for a connection, perhaps while the contract has no users yet,
-- and EXISTS would go on to look through all of them for each of them.
CREATE POLICY certificate_all ON koshin.certificate USING (true);
CREATE POLICY certificate_own ON koshin.certificate AS RESTRICTIVE
    TO koshin_member
    USING (account IN (SELECT a.id FROM koshin.account a));

CREATE POLICY revocation_all ON koshin.revocation USING (true);
CREATE POLICY revocation_own ON koshin.revocation AS RESTRICTIVE
    TO koshin_member
    USING (serial IN (SELECT c.serial FROM koshin.certificate c));

CREATE POLICY mail_all ON koshin.mail USING (true);
CREATE POLICY mail_own ON koshin.mail AS RESTRICTIVE
    TO koshin_member
    USING (account IN (SELECT a.id FROM koshin.account a));

-- ----------------------------------------------- the second lock on writing

-- Raises an error unless the session is of that contract, or an operator's.
-- Holds against a function that forgot to ask.
CREATE FUNCTION koshin.fence(number text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF number IS DISTINCT FROM (current_session()).contract
	    AND NOT session_is_operator() THEN
		RAISE EXCEPTION 'this session is not of that contract (I-14)'
		    USING ERRCODE = 'insufficient_privilege';
	END IF;
END $$;

-- The trigger of each table that has a contract, directly or by its account.
CREATE FUNCTION koshin.fence_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF NOT fenced() THEN
		RETURN NEW;
	END IF;
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

-- Only what fenced() begins with: a condition is read anew by each statement,
-- and looked through for functions whose text could stand in it.
CREATE TRIGGER contract_fence BEFORE INSERT OR UPDATE ON koshin.contract
    FOR EACH ROW WHEN (pg_has_role(session_user, 'koshin_member', 'MEMBER'))
    EXECUTE FUNCTION koshin.fence_row();
CREATE TRIGGER account_fence BEFORE INSERT OR UPDATE ON koshin.account
    FOR EACH ROW WHEN (pg_has_role(session_user, 'koshin_member', 'MEMBER'))
    EXECUTE FUNCTION koshin.fence_row();
CREATE TRIGGER certificate_fence BEFORE INSERT OR UPDATE
    ON koshin.certificate
    FOR EACH ROW WHEN (pg_has_role(session_user, 'koshin_member', 'MEMBER'))
    EXECUTE FUNCTION koshin.fence_row();
CREATE TRIGGER revocation_fence BEFORE INSERT ON koshin.revocation
    FOR EACH ROW WHEN (pg_has_role(session_user, 'koshin_member', 'MEMBER'))
    EXECUTE FUNCTION koshin.fence_row();
CREATE TRIGGER mail_fence BEFORE INSERT OR UPDATE ON koshin.mail
    FOR EACH ROW WHEN (pg_has_role(session_user, 'koshin_member', 'MEMBER'))
    EXECUTE FUNCTION koshin.fence_row();

-- ------------------------------------- what functions of people begin with

-- Ends a function about what is not there: an account, a contract, ...
CREATE FUNCTION koshin.not_there(what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE no_data_found USING MESSAGE = what || ' not found';
END $$;

-- Whether an account is there for the one who asks: in a session its own, to a
-- master those of the contract, to an operator all.
CREATE FUNCTION koshin.session_sees(its_contract text, its_user_id text)
RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT NOT fenced()
	    OR its_contract = session_contract()
	    AND its_user_id = coalesce(session_only(), its_user_id)
	    OR session_is_operator()
$$;

-- May be used just now; for an account as for a contract.
CREATE FUNCTION koshin.usable(state text, locked_until timestamptz)
RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT state = 'active'
	    AND (locked_until IS NULL OR locked_until <= now())
$$;

-- Has nothing that could be lifted.
CREATE FUNCTION koshin.unharmed(state text, locks integer,
    locked_until timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT state = 'active' AND locks = 0 AND locked_until IS NULL
$$;

-- The open account, locked for the change. To a session only what it sees is
-- there (session_sees). Not there: an error (no_data_found), the same whether it
-- is nobody's or somebody else's.
CREATE FUNCTION koshin.account_for_change(which text)
RETURNS koshin.account
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account;
BEGIN
	SELECT * INTO a FROM account
	WHERE user_id = which AND state <> 'closed'
	AND session_sees(contract, user_id) FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM not_there('open account');
	END IF;
	RETURN a;
END $$;

-- Ends a function that the role of the session does not allow.
CREATE FUNCTION koshin.not_yours() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'this is not for you to do'
	    USING ERRCODE = 'KO005';
END $$;

-- Whether the one who acts may do something to somebody else of that role: in
-- a session the master to general users and devices (R-LOCK-6), an operator to
-- all but operators (R-OPS-2), who are those of the command line.
CREATE FUNCTION koshin.is_above(its_role text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT NOT fenced() OR coalesce(CASE (session_account()).role
	    WHEN 'master' THEN its_role IN ('general', 'device')
	    WHEN 'operator' THEN its_role <> 'operator' END, false)
$$;

-- For what somebody else does to a user.
CREATE FUNCTION koshin.account_below(which text) RETURNS koshin.account
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
BEGIN
	IF NOT is_above(a.role) THEN
		PERFORM not_yours();
	END IF;
	RETURN a;
END $$;

-- For what people do for themselves (R-ACC-8); a master speaks for a device, and
-- an operator for whoever asks for it.
CREATE FUNCTION koshin.account_own(which text) RETURNS koshin.account
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
BEGIN
	IF NOT fenced() OR a.id = (session_account()).id THEN
		RETURN a;
	ELSIF a.role <> 'device'
	    AND NOT (session_is_operator() AND is_above(a.role)) THEN
		PERFORM not_yours();
	END IF;
	PERFORM need_fresh();
	RETURN a;
END $$;

-- It is owed by the session, if there is one, about an account or a contract;
-- the command line, which has a session too, does it itself, and ends that.
CREATE FUNCTION koshin.owe(holder bigint, lifted boolean,
    its_number text DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, koshin, pg_temp AS $$
	INSERT INTO owed (session, account, contract, lift)
	SELECT s.token_digest, holder, its_number, lifted
	FROM current_session() s
	WHERE s.token_digest IS NOT NULL
	ON CONFLICT (session, account, contract)
	DO UPDATE SET lift = owed.lift OR excluded.lift, owed_at = now()
$$;

-- A closed account that may still be opened again, for so long (T7).
CREATE FUNCTION koshin.reopens(closed_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT closed_at > now() - interval '30 days'
$$;

-- How often the one who acts has done that to an account within a day.
CREATE FUNCTION koshin.done_today(act text, holder bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT count(*) FROM audit
	WHERE account = holder AND action = act AND actor = acting()
	AND at > now() - interval '1 day'
$$;

-- Ends a function that a master has called as often as a session lets him; an
-- operator has no such limit (T6, T7).
CREATE FUNCTION koshin.not_more_than(most integer, done bigint, words text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF fenced() AND NOT session_is_operator() AND done >= most THEN
		RAISE EXCEPTION USING ERRCODE = 'KO001', MESSAGE = format(
		    '%s %s times at most; only the operator does it now',
		    words, most);
	END IF;
END $$;

-- Ends what is done in a session whose password was shown longer ago than an
-- answer may take. Who has only found that session open, or its token (T3, T8),
-- changes nothing.
CREATE FUNCTION koshin.need_anew() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF fenced() AND (current_session()).began_at
	    < now() - interval '2 minutes' THEN
		RAISE EXCEPTION 'the password has to be shown anew'
		    USING ERRCODE = 'KO002';
	END IF;
END $$;

-- R-OPS-3: the same, of an operator.
CREATE FUNCTION koshin.need_fresh() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF session_is_operator() THEN
		PERFORM need_anew();
	END IF;
END $$;

-- What the command line does, and at a desk an operator. Everybody else hears
-- the same of what is there and what is not.
CREATE FUNCTION koshin.need_operator() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF fenced() AND NOT session_is_operator() THEN
		PERFORM not_yours();
	END IF;
END $$;

-- The open contract, locked for the change.
CREATE FUNCTION koshin.contract_for_change(which text)
RETURNS koshin.contract
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract;
BEGIN
	SELECT * INTO c FROM contract
	WHERE number = which AND state <> 'closed' FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM not_there('open contract');
	END IF;
	RETURN c;
END $$;

-- A lock is lifted, an account or contract ended, with a reason that stays in
-- the audit trail (X-04).
CREATE FUNCTION koshin.need_reason(why text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF why IS NULL OR btrim(why) = '' THEN
		RAISE invalid_parameter_value
		    USING MESSAGE = 'this is done with a reason only';
	END IF;
END $$;
