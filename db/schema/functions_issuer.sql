-- The only way into the ledger: reserve, then record (I-1 to I-5), called by
-- the issuer (db/ledger.c). Each answers instead of raising an error, so that
-- the rows of one batch do not spoil each other's transaction. Locks are
-- taken account first, everywhere.
--
-- Who has the serial of a row finds it by that alone, and looks at its state
-- then: asked for both, PostgreSQL may walk along all that are reserved. With
-- the account locked the state stays.

-- Closes reservations whose lease is over (I-4, F-15): of some accounts, for
-- the issuer that is about to reserve for them, or of all (NULL), for the
-- courier once in a while. An account that somebody works on is left for the
-- next time.
CREATE FUNCTION koshin.close_abandoned(holders bigint[] DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c record;
	still boolean;
	closed integer := 0;
BEGIN
	FOR c IN SELECT serial, account FROM certificate
	    WHERE issued_at IS NULL AND abandoned_at IS NULL
	    AND lease_until <= now()
	    AND (holders IS NULL OR account = ANY (holders))
	    ORDER BY account LIMIT 1000
	LOOP
		PERFORM FROM account WHERE id = c.account
		    FOR NO KEY UPDATE SKIP LOCKED;
		CONTINUE WHEN NOT FOUND;
		SELECT state = 'reserved' INTO still FROM certificate
		WHERE serial = c.serial;
		CONTINUE WHEN NOT still;
		UPDATE certificate SET state = 'abandoned',
		    abandoned_at = now()
		WHERE serial = c.serial;
		INSERT INTO revocation (serial, reason, actor)
		VALUES (c.serial, 'abandoned', 'lease');
		INSERT INTO audit (action, object, account)
		VALUES ('certificate.abandon',
		    'certificate:' || encode(c.serial, 'hex'), c.account);
		closed := closed + 1;
	END LOOP;
	RETURN closed;
END $$;

-- EST-154, EST-161: a key is one account's for good, and none's after it was
-- compromised; so are those that whoever has it has too (key_identity() of
-- pki/key.h). A front asks before a code is spent; reserve() decides.
CREATE FUNCTION koshin.key_taken(holder bigint, identity bytea) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM compromised_key k
		WHERE k.key_identity = identity)
	    OR EXISTS (SELECT FROM certificate c
		WHERE c.key_identity = identity AND c.account < holder
		AND c.state <> 'abandoned')
	    OR EXISTS (SELECT FROM certificate c
		WHERE c.key_identity = identity AND c.account > holder
		AND c.state <> 'abandoned');
END $$;

-- True: reserved, now or by an earlier sending. False: what was decided on
-- has changed since; ask again. A lock or block is no word on who shows a
-- certificate (R-LOCK-3).
CREATE FUNCTION koshin.reserve(new_serial bytea, holder bigint,
    holder_version bigint, replaced bytea, new_profile text,
    new_subject text, new_key bytea, new_identity bytea, new_csr bytea,
    new_tbs bytea, begins timestamptz, ends timestamptz, code bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	known boolean;
	seen bytea;
BEGIN
	-- Two accounts with one key at the same moment: one after the other.
	PERFORM pg_advisory_xact_lock(('x' ||
	    encode(substr(new_identity, 1, 8), 'hex'))::bit(64)::bigint);
	PERFORM FROM account
	WHERE id = holder AND version = holder_version
	AND (usable(state, locked_until)
	    OR code IS NULL AND state IN ('active', 'blocked'))
	FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	SELECT account = holder AND tbs_digest = new_tbs
	    AND state = 'reserved'
	INTO known FROM certificate WHERE serial = new_serial;
	IF known THEN
		RETURN true;
	END IF;
	SELECT serial INTO seen FROM certificate
	WHERE account = holder AND current;
	IF seen IS DISTINCT FROM replaced
	    OR key_taken(holder, new_identity) THEN
		RETURN false;
	END IF;
	INSERT INTO certificate (serial, account, profile, subject,
	    key_digest, key_identity, csr_digest, tbs_digest, not_before,
	    not_after, replaces, via, code_id)
	VALUES (new_serial, holder, new_profile, new_subject,
	    new_key, new_identity, new_csr, new_tbs, begins, ends, replaced,
	    CASE WHEN code IS NULL THEN 'certificate' ELSE 'code' END, code)
	ON CONFLICT DO NOTHING;
	RETURN FOUND;
END $$;

-- True: issued, now or by an earlier sending of the same bytes. False: it is
-- not reserved any more.
CREATE FUNCTION koshin.record(new_serial bytea, new_der bytea,
    new_fingerprint bytea, complete_success boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	holder bigint;
	c record;
	hex text := encode(new_serial, 'hex');
BEGIN
	SELECT account INTO holder FROM certificate
	WHERE serial = new_serial;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM FROM account WHERE id = holder FOR NO KEY UPDATE;
	SELECT account, state, fingerprint, subject, profile, not_before,
	    not_after, replaces, via INTO c
	FROM certificate WHERE serial = new_serial;
	IF c.state <> 'reserved' THEN
		RETURN c.state = 'issued'
		    AND c.fingerprint = new_fingerprint;
	END IF;
	UPDATE certificate SET current = false
	WHERE account = c.account AND current;
	UPDATE certificate SET state = 'issued', current = true,
	    issued_at = now(), der = new_der, fingerprint = new_fingerprint
	WHERE serial = new_serial;
	-- R-LOCK-4. Only where there is something to forgive: the version
	-- of the account grows with each change.
	IF complete_success THEN
		UPDATE account SET locks = 0, locked_until = NULL
		WHERE id = c.account
		AND (locks <> 0 OR locked_until IS NOT NULL);
	END IF;
	PERFORM notice(c.account, 'issued', 'issued:' || hex,
	    jsonb_build_object('serial', hex, 'subject', c.subject,
	    'not_before', epoch(c.not_before),
	    'not_after', epoch(c.not_after)));
	INSERT INTO audit (action, object, account, details)
	VALUES ('certificate.issue', 'certificate:' || hex, c.account,
	    jsonb_build_object('profile', c.profile, 'via', c.via,
	    'replaces', encode(c.replaces, 'hex'),
	    'fingerprint', encode(new_fingerprint, 'hex')));
	RETURN true;
END $$;
