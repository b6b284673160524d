-- What two operators do together (R-OPS-4): one proposes it, another confirms
-- it in time, and with that it is done. Which acts these are is a setting, which
-- stands in the session (session.sql).

CREATE TABLE koshin.proposal (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	act text COLLATE "C" NOT NULL CHECK (act IN ('lift-master',
	    'reset-contract', 'revoke-many', 'close-contract')),
	what text COLLATE "C" NOT NULL,	-- a user ID, or a contract's number
	why text NOT NULL,
	reason text,		-- of the revocation
	proposed_by bigint NOT NULL REFERENCES koshin.account,
	proposed_at timestamptz NOT NULL DEFAULT now(),
	ends_at timestamptz NOT NULL,
	state text NOT NULL DEFAULT 'open'
	    CHECK (state IN ('open', 'late', 'confirmed', 'declined')),
	decided_by bigint REFERENCES koshin.account,
	decided_at timestamptz,

	CONSTRAINT proposal_by_two
	    CHECK (state <> 'confirmed' OR decided_by <> proposed_by),
	CONSTRAINT proposal_whole
	    CHECK ((state IN ('open', 'late')) = (decided_by IS NULL)
	    AND (decided_by IS NULL) = (decided_at IS NULL)
	    AND (act = 'revoke-many') = (reason IS NOT NULL))
);

CREATE UNIQUE INDEX proposal_open ON koshin.proposal (act, what)
    WHERE state = 'open';

-- ---------------------------------------------------- asked by other functions

-- Ends what an operator may not do alone; but for what a second one confirms in
-- this very transaction.
CREATE FUNCTION koshin.need_second(its_act text, which text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF fenced() AND session_is_operator()
	    AND its_act = ANY ((current_session()).seconded)
	    AND NOT EXISTS (SELECT FROM proposal p
		WHERE p.act = its_act AND p.what = which
		AND p.state = 'confirmed' AND p.decided_at = now()
		AND p.decided_by = (session_account()).id) THEN
		RAISE EXCEPTION 'a second operator has to confirm this'
		    USING ERRCODE = 'KO003';
	END IF;
END $$;

-- Many are many one by one, too: ends what revokes a certificate more than an
-- operator revokes alone within an hour.
CREATE FUNCTION koshin.need_second_for_more() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF NOT fenced() OR NOT session_is_operator() THEN
		RETURN;
	END IF;
	-- Many at the same moment: each sees the one before.
	PERFORM FROM account WHERE id = (SELECT (session_account()).id)
	    FOR NO KEY UPDATE;
	IF 'revoke-many' = ANY ((current_session()).seconded)
	    AND (SELECT count(*) FROM revocation
		WHERE revoked_at > now() - interval '1 hour'
		AND actor = acting()) >= (current_session()).revokes THEN
		RAISE EXCEPTION 'a second operator has to confirm this'
		    USING ERRCODE = 'KO003';
	END IF;
END $$;

-- ------------------------------------------------------------------ the acts

-- `which` is a user ID for lift-master, else the number of a contract; `reason`
-- is that of a revocation, for revoke-many alone. Returns the proposal's id; a
-- unique_violation: it has been proposed, and waits.
CREATE FUNCTION koshin.propose(remark text, its_act text, which text,
    its_why text, its_reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	added bigint;
BEGIN
	IF its_act <> 'lift-master' THEN
		PERFORM contract_of_operator(which);
	ELSE
		PERFORM need_operator();
		PERFORM need_fresh();
		IF (account_below(which)).role <> 'master' THEN
			PERFORM not_there('master user');
		END IF;
	END IF;
	PERFORM need_reason(its_why);
	UPDATE proposal SET state = 'late'
	WHERE act = its_act AND what = which AND state = 'open'
	AND ends_at <= now();
	INSERT INTO proposal (act, what, why, reason, proposed_by, ends_at)
	SELECT its_act, which, its_why, its_reason, s.account,
	    now() + s.second_within
	FROM current_session() s
	RETURNING id INTO added;
	PERFORM audited(remark, 'proposal.ask', 'proposal:' || added, NULL,
	    jsonb_build_object('act', its_act, 'what', which,
	    'reason', its_why));
	RETURN added;
END $$;

-- The open proposal, in time, locked for its decision.
CREATE FUNCTION koshin.proposal_for_decision(which bigint)
RETURNS koshin.proposal
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	p proposal;
BEGIN
	PERFORM need_operator();
	SELECT * INTO p FROM proposal
	WHERE id = which AND state = 'open' AND ends_at > now() FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM not_there('open proposal');
	END IF;
	RETURN p;
END $$;

-- Whether it takes a new initial password to confirm that one.
CREATE FUNCTION koshin.proposal_resets(which bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	RETURN (proposal_for_decision(which)).act = 'reset-contract';
END $$;

-- How the trail names an account that acts (koshin.acting).
CREATE FUNCTION koshin.name_of(holder bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT format('%s/%s', contract, user_id) FROM account
	WHERE id = holder
$$;

CREATE FUNCTION koshin.decide_proposal(remark text, p koshin.proposal,
    outcome text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE proposal SET state = outcome, decided_at = now(),
	    decided_by = (session_account()).id
	WHERE id = p.id;
	PERFORM audited(remark, CASE outcome WHEN 'confirmed'
	    THEN 'proposal.confirm' ELSE 'proposal.decline' END,
	    'proposal:' || p.id, NULL, jsonb_build_object('act', p.act,
	    'what', p.what, 'reason', p.why,
	    'proposed_by', name_of(p.proposed_by)));
END $$;

-- Does it. Nobody confirms what he has proposed himself (KO004), nor anybody
-- what was proposed by one who is no operator any more. `hash` is that of the
-- new initial password, for reset-contract alone. Says how many certificates
-- were revoked, for revoke-many; else whether there was anything to do, as 1.
CREATE FUNCTION koshin.confirm(remark text, which bigint, hash text)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	p proposal := proposal_for_decision(which);
	beside text := format('proposal %s of %s', p.id,
	    name_of(p.proposed_by));
BEGIN
	PERFORM need_fresh();
	IF p.proposed_by = (session_account()).id THEN
		RAISE EXCEPTION 'another operator has to confirm this'
		    USING ERRCODE = 'KO004';
	ELSIF NOT EXISTS (SELECT FROM account a WHERE a.id = p.proposed_by
	    AND a.role = 'operator' AND a.state = 'active') THEN
		PERFORM not_there('open proposal');
	END IF;
	PERFORM decide_proposal(remark, p, 'confirmed');
	CASE p.act
	WHEN 'lift-master' THEN
		RETURN lift_account(beside, p.what, p.why)::integer;
	WHEN 'reset-contract' THEN
		PERFORM reset_contract(beside, p.what, hash, p.why);
	WHEN 'revoke-many' THEN
		RETURN revoke_contract(beside, p.what, p.reason, p.why);
	WHEN 'close-contract' THEN
		PERFORM close_contract(beside, p.what, p.why);
	END CASE;
	RETURN 1;
END $$;

-- By any operator, also the one who has proposed it.
CREATE FUNCTION koshin.decline(remark text, which bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	PERFORM decide_proposal(remark, proposal_for_decision(which),
	    'declined');
END $$;

-- What waits for a second one, and what was decided lately: newest first.
-- `mine`: proposed by the one who asks.
CREATE FUNCTION koshin.operator_proposals(most integer)
RETURNS TABLE (id bigint, act text, what text, why text, reason text,
    state text, proposed_by text, proposed_at timestamptz,
    ends_at timestamptz, decided_by text, decided_at timestamptz,
    mine boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM need_operator();
	RETURN QUERY SELECT p.id, p.act, p.what, p.why, p.reason,
	    CASE WHEN p.state = 'open' AND p.ends_at <= now() THEN 'late'
		ELSE p.state END,
	    name_of(p.proposed_by), p.proposed_at, p.ends_at,
	    name_of(p.decided_by), p.decided_at,
	    p.proposed_by = (SELECT (session_account()).id)
	FROM proposal p ORDER BY p.id DESC LIMIT most;
END $$;
