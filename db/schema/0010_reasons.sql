-- A lock or block is lifted with a reason that stays in the audit trail
-- (X-04); lifted twice at the same moment, it is lifted once (X-06). These
-- take the place of unlock_account and unblock_contract for the operator.

-- False if there was nothing to lift. The counters in Redis are lifted by
-- the caller, before.
CREATE FUNCTION koshin.lift_account(actor text, which text, why text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	a account := account_for_change(which);
BEGIN
	IF btrim(why) = '' THEN
		RAISE invalid_parameter_value
		    USING MESSAGE = 'a lock is lifted with a reason';
	END IF;
	IF a.state = 'active' AND a.locks = 0 AND a.locked_until IS NULL THEN
		RETURN false;
	END IF;
	UPDATE account SET state = 'active', locks = 0, locked_until = NULL
	WHERE id = a.id;
	PERFORM notice(a.id, 'unlocked',
	    format('unlocked:%s:%s', a.id, a.version));
	PERFORM audited(actor, 'account.unlock', 'account:' || a.id, a.id,
	    jsonb_build_object('reason', why, 'state', a.state,
	    'locks', a.locks));
	RETURN true;
END $$;

-- R-LOCK-7
CREATE FUNCTION koshin.lift_contract(actor text, which text, why text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c contract;
BEGIN
	IF btrim(why) = '' THEN
		RAISE invalid_parameter_value
		    USING MESSAGE = 'a block is lifted with a reason';
	END IF;
	SELECT * INTO c FROM contract
	WHERE number = which AND state <> 'closed' FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE no_data_found USING MESSAGE = 'no such open contract';
	END IF;
	IF c.state = 'active' AND c.locks = 0 AND c.locked_until IS NULL THEN
		RETURN false;
	END IF;
	UPDATE contract SET state = 'active', locks = 0, locked_until = NULL
	WHERE number = which;
	PERFORM audited(actor, 'contract.unblock', 'contract:' || which,
	    NULL, jsonb_build_object('reason', why, 'state', c.state));
	RETURN true;
END $$;

REVOKE ALL ON FUNCTION koshin.lift_account(text, text, text),
    koshin.lift_contract(text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION koshin.unlock_account(text, text),
    koshin.unblock_contract(text, text) FROM koshin_operator;
GRANT EXECUTE ON FUNCTION koshin.lift_account(text, text, text),
    koshin.lift_contract(text, text, text) TO koshin_operator;

-- The command line reads tables itself and shows their times.
GRANT EXECUTE ON FUNCTION koshin.epoch(timestamptz) TO koshin_operator;
