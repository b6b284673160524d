-- The only way into the ledger: reserve, then record (I-1 to I-5), called by
-- the issuer (db/ledger.c). Each answers instead of raising an error, so that
-- the rows of one batch do not spoil each other's transaction. Locks are
-- taken account first, everywhere.
--
-- Who has the serial of a row finds it by that alone, and looks at its state
-- then: asked for both, PostgreSQL may walk along all that are reserved. With
-- the account locked the state stays.

-- Closes reservations whose lease is over (I-4, F-15): of some accounts, for
-- reserve(), or of all (NULL), for the courier once in a while. An account that
-- somebody works on is left for the next time.
CREATE FUNCTION koshin.close_abandoned(holders bigint[] DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	c record;
	still boolean;
	closed integer := 0;
BEGIN
	-- By account in any case: certificate_one_reserved is the one index.
	FOR c IN SELECT serial, account FROM certificate
	    WHERE state = 'reserved' AND lease_until <= now()
	    AND account = ANY (coalesce(holders, ARRAY(
		SELECT o.account FROM certificate o
		WHERE o.state = 'reserved' AND o.lease_until <= now()
		LIMIT 1000)))
	    ORDER BY account
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

-- The two take many at once: the n-th place of each array is about one
-- certificate, the n-th row says of it. A row that is refused takes no other
-- along; one that makes no sense is an error, and then nothing has happened.

-- True: reserved, now or by an earlier sending. False: what was decided on
-- has changed since; ask again. A lock or block is no word on who shows a
-- certificate (R-LOCK-3).
CREATE FUNCTION koshin.reserve(serials bytea[], holders bigint[],
    versions bigint[], replaced bytea[], profiles text[], subjects text[],
    keys bytea[], identities bytea[], csrs bytea[], tbss bytea[],
    begins timestamptz[], ends timestamptz[], codes bytea[],
    replacing boolean[], held boolean[] DEFAULT NULL)
RETURNS SETOF boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	-- Two accounts with one key at the same moment: one after the other.
	-- All keys first, then all accounts, each in one order: two batches
	-- do not wait for each other.
	PERFORM pg_advisory_xact_lock(k.number) FROM (
	    SELECT DISTINCT ('x' || encode(substr(i, 1, 8), 'hex'))
		::bit(64)::bigint AS number
	    FROM unnest(identities) i ORDER BY number) k;
	PERFORM FROM account WHERE id = ANY (holders)
	ORDER BY id FOR NO KEY UPDATE;
	PERFORM close_abandoned(holders);
	RETURN QUERY
	WITH asked AS MATERIALIZED (
		SELECT q.*,
		    -- The account is as it was; of several that ask for one
		    -- key at once, the first.
		    (SELECT a.version = q.version
			AND (usable(a.state, a.locked_until)
			OR q.code IS NULL AND a.state IN ('active', 'blocked'))
		    FROM account a WHERE a.id = q.holder)
		    AND q.holder = first_value(q.holder) OVER (
			PARTITION BY q.identity ORDER BY q.place) AS good,
		    -- One that is here by an earlier sending.
		    (SELECT c.account = q.holder AND c.tbs_digest = q.tbs
			AND c.state = 'reserved'
		    FROM certificate c WHERE c.serial = q.serial) AS known
		FROM unnest(serials, holders, versions, replaced, profiles,
		    subjects, keys, identities, csrs, tbss, begins, ends,
		    codes, replacing, held) WITH ORDINALITY AS q (serial,
		    holder, version, old, profile, subject, key, identity, csr,
		    tbs, starts, stops, code, replaces, revocable, place)),
	reserved AS (
		INSERT INTO certificate (serial, account, profile, subject,
		    key_digest, key_identity, csr_digest, tbs_digest,
		    not_before, not_after, replaces, via, code_id)
		SELECT q.serial, q.holder, q.profile, q.subject, q.key,
		    q.identity, q.csr, q.tbs, q.starts, q.stops, q.old,
		    CASE WHEN q.code IS NULL THEN 'certificate'
			WHEN q.replaces THEN 'replacement'
			ELSE 'code' END, q.code
		FROM asked q
		WHERE q.good AND q.known IS NOT TRUE
		AND (SELECT c.serial FROM certificate c
		    WHERE c.account = q.holder AND c.current
		    AND NOT (q.replaces AND q.revocable IS NOT TRUE
		    AND c.installed_at IS NOT NULL))
		    IS NOT DISTINCT FROM q.old
		AND NOT key_taken(q.holder, q.identity)
		ORDER BY q.place
		ON CONFLICT DO NOTHING RETURNING serial, account)
	SELECT q.good AND q.known IS TRUE
	    OR EXISTS (SELECT FROM reserved r
		WHERE r.serial = q.serial AND r.account = q.holder)
	FROM asked q ORDER BY q.place;
END $$;

-- R-CERT-12: what these replace is revoked, and their holders are told of both
-- in one mail. Their accounts are locked by the caller.
CREATE FUNCTION koshin.supersede(anew bytea[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	WITH ended AS (
		INSERT INTO revocation (serial, reason, actor)
		SELECT c.replaces, 'superseded', 'replacement'
		FROM certificate c WHERE c.serial = ANY (anew)
		ON CONFLICT DO NOTHING RETURNING serial, reason)
	INSERT INTO audit (action, object, account, details)
	SELECT 'certificate.revoke',
	    'certificate:' || encode(e.serial, 'hex'), c.account,
	    jsonb_build_object('reason', e.reason, 'replaced_by',
	    encode(c.serial, 'hex'))
	FROM ended e JOIN certificate c ON c.replaces = e.serial
	WHERE c.serial = ANY (anew);
	PERFORM notices(array_agg(c.account), 'replaced',
	    array_agg('issued:' || encode(c.serial, 'hex')),
	    array_agg(jsonb_build_object('serial', encode(c.serial, 'hex'),
	    'revoked', encode(c.replaces, 'hex'),
	    'not_before', epoch(c.not_before),
	    'not_after', epoch(c.not_after))))
	FROM certificate c WHERE c.serial = ANY (anew);
END $$;

-- True: issued, now or by an earlier sending of the same bytes. False: it is
-- not reserved any more. `complete`: password and code were shown (R-LOCK-4).
CREATE FUNCTION koshin.record(serials bytea[], ders bytea[],
    fingerprints bytea[], complete boolean[])
RETURNS SETOF boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	open bytea[];
	holders bigint[];
	replacing bytea[];
	told integer;
BEGIN
	PERFORM FROM account WHERE id = ANY (ARRAY(
	    SELECT c.account FROM certificate c
	    WHERE c.serial = ANY (serials)))
	ORDER BY id FOR NO KEY UPDATE;
	SELECT array_agg(c.serial), array_agg(c.account),
	    array_agg(c.serial) FILTER (WHERE c.via = 'replacement')
	INTO open, holders, replacing
	FROM (SELECT serial, account, state, via FROM certificate
	    WHERE serial = ANY (serials) OFFSET 0) c
	WHERE c.state = 'reserved';
	UPDATE certificate SET current = false
	WHERE account = ANY (holders) AND current;
	WITH issued AS (
		UPDATE certificate c SET state = 'issued', current = true,
		    issued_at = now(), der = q.der, fingerprint = q.fingerprint
		FROM unnest(serials, ders, fingerprints)
		    AS q (serial, der, fingerprint)
		WHERE c.serial = q.serial AND q.serial = ANY (open)
		RETURNING c.serial, c.account, c.subject, c.not_before,
		    c.not_after, c.profile, c.via, c.replaces, c.fingerprint),
	written AS (
		INSERT INTO audit (action, object, account, details)
		SELECT 'certificate.issue',
		    'certificate:' || encode(i.serial, 'hex'), i.account,
		    jsonb_build_object('profile', i.profile, 'via', i.via,
		    'replaces', encode(i.replaces, 'hex'),
		    'fingerprint', encode(i.fingerprint, 'hex'))
		FROM issued i)
	SELECT notices(array_agg(i.account), 'issued',
	    array_agg('issued:' || encode(i.serial, 'hex')),
	    array_agg(jsonb_build_object('serial', encode(i.serial, 'hex'),
	    'subject', i.subject, 'not_before', epoch(i.not_before),
	    'not_after', epoch(i.not_after))))
	INTO told FROM issued i WHERE i.via <> 'replacement';
	IF replacing IS NOT NULL THEN
		PERFORM supersede(replacing);
	END IF;
	-- R-LOCK-4. Only where there is something to forgive: the version
	-- of the account grows with each change.
	IF true = ANY (complete) THEN
		UPDATE account a SET locks = 0, locked_until = NULL
		WHERE a.id = ANY (ARRAY(SELECT c.account
		    FROM unnest(serials, complete) AS q (serial, complete)
		    JOIN certificate c ON c.serial = q.serial
		    WHERE q.complete AND q.serial = ANY (open)))
		AND (a.locks <> 0 OR a.locked_until IS NOT NULL);
	END IF;
	RETURN QUERY
	SELECT coalesce((SELECT c.state = 'issued'
	    AND c.fingerprint = q.fingerprint
	    FROM certificate c WHERE c.serial = q.serial), false)
	FROM unnest(serials, fingerprints) WITH ORDINALITY
	    AS q (serial, fingerprint, place)
	ORDER BY q.place;
END $$;

-- Each of these certificates was seen in use by who has its key; the first time
-- is kept. True: the ledger says that it is installed. False: there is none
-- that was issued with these bytes, or one that takes its place is reserved:
-- nothing comes between that and its record (R-CERT-12).
CREATE FUNCTION koshin.mark_installed(serials bytea[], fingerprints bytea[])
RETURNS SETOF boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	holders bigint[];
BEGIN
	holders := ARRAY(SELECT c.account FROM certificate c
	    WHERE c.serial = ANY (serials));
	PERFORM FROM account WHERE id = ANY (holders)
	ORDER BY id FOR NO KEY UPDATE;
	PERFORM close_abandoned(holders);
	WITH seen AS (
		UPDATE certificate c SET installed_at = now()
		FROM unnest(serials, fingerprints) AS q (serial, fingerprint)
		WHERE c.serial = q.serial AND c.fingerprint = q.fingerprint
		AND c.installed_at IS NULL
		AND NOT EXISTS (SELECT FROM certificate r
		    WHERE r.account = c.account AND r.state = 'reserved'
		    AND r.via = 'replacement' AND r.replaces = c.serial)
		RETURNING c.serial, c.account)
	INSERT INTO audit (action, object, account)
	SELECT 'certificate.installed',
	    'certificate:' || encode(s.serial, 'hex'), s.account
	FROM seen s;
	RETURN QUERY
	SELECT coalesce((SELECT c.installed_at IS NOT NULL
	    AND c.fingerprint = q.fingerprint
	    FROM certificate c WHERE c.serial = q.serial), false)
	FROM unnest(serials, fingerprints) WITH ORDINALITY
	    AS q (serial, fingerprint, place)
	ORDER BY q.place;
END $$;
