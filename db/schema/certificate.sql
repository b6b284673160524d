-- Every certificate this CA has signed. A row is there before the signature
-- (I-2), moves reserved -> issued or reserved -> abandoned, and stays.

CREATE TABLE koshin.certificate (
	serial koshin.serial PRIMARY KEY,
	account bigint NOT NULL REFERENCES koshin.account,
	profile koshin.profile NOT NULL,
	subject koshin.subject NOT NULL,
	key_digest koshin.digest NOT NULL,
	key_identity koshin.digest NOT NULL, -- one for a key and its twins
	csr_digest koshin.digest NOT NULL,
	tbs_digest koshin.digest NOT NULL,
	not_before timestamptz NOT NULL,
	not_after timestamptz NOT NULL,
	replaces koshin.serial REFERENCES koshin.certificate,
	via koshin.via NOT NULL,
	code_id koshin.code_id,
	state koshin.certificate_state NOT NULL DEFAULT 'reserved',
	current boolean NOT NULL DEFAULT false,
	reserved_at timestamptz NOT NULL DEFAULT now(),
	lease_until timestamptz NOT NULL
	    DEFAULT now() + interval '60 seconds',		-- F-15
	issued_at timestamptz,
	abandoned_at timestamptz,
	fingerprint koshin.digest,
	der koshin.der,
	installed_at timestamptz, -- first seen in use (mark_installed)

	CONSTRAINT certificate_whole CHECK (not_after > not_before
	    AND (via <> 'certificate') = (code_id IS NOT NULL)
	    AND (via <> 'replacement' OR replaces IS NOT NULL)
	    AND (state = 'issued') = (issued_at IS NOT NULL)
	    AND (state = 'issued') = (der IS NOT NULL)
	    AND (state = 'issued') = (fingerprint IS NOT NULL)
	    AND (state = 'abandoned') = (abandoned_at IS NOT NULL)
	    AND (NOT current OR state = 'issued')
	    AND (installed_at IS NULL OR state = 'issued'))
);

-- R-CERT-2 and I-5 are indexes, not checks: two instances at the same moment
-- cannot get past them.
CREATE UNIQUE INDEX certificate_one_current ON koshin.certificate (account)
    WHERE current;
CREATE UNIQUE INDEX certificate_one_reserved ON koshin.certificate (account)
    WHERE state = 'reserved';
-- F-29: a code is good for one certificate, even if Redis forgets.
CREATE UNIQUE INDEX certificate_one_code ON koshin.certificate (code_id)
    WHERE state <> 'abandoned' AND code_id IS NOT NULL;

CREATE INDEX certificate_of_account
    ON koshin.certificate (account, csr_digest);
-- A device may certify one key for years: the account stands in the index,
-- so that "anybody else's?" does not walk through all of its own.
CREATE INDEX certificate_of_key ON koshin.certificate (key_identity, account)
    WHERE state <> 'abandoned';
-- With the serial, so that a walk along it can stop anywhere and go on.
CREATE INDEX certificate_expiring ON koshin.certificate (not_after, serial)
    WHERE current;

-- Those that nobody has seen in use (plan_uninstalled). Renewals by the
-- certificate alone, which most are, stand in no index more for it.
CREATE INDEX certificate_uninstalled ON koshin.certificate (issued_at)
    WHERE current AND installed_at IS NULL AND via <> 'certificate';

-- The orders of `koshin cert list`: those that were made last, those that ended
-- last. Both grow at their end only.
CREATE INDEX certificate_made ON koshin.certificate (reserved_at, serial);
CREATE INDEX certificate_ended ON koshin.certificate (not_after, serial)
    WHERE state = 'issued';
CREATE INDEX certificate_dead ON koshin.certificate (reserved_at, serial)
    WHERE state = 'abandoned';

-- A row enters as a reservation, whoever writes it (I-2).
CREATE FUNCTION koshin.certificate_begins() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.state <> 'reserved' THEN
		RAISE EXCEPTION 'a certificate begins as a reservation (I-2)'
		    USING ERRCODE = 'restrict_violation';
	END IF;
	RETURN NEW;
END $$;

-- The two moves of a row, the end of being current, and that it was seen
-- installed, once; every other change of any column is refused (I-2, I-4).
CREATE FUNCTION koshin.certificate_moves() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	same koshin.certificate := NEW;
BEGIN
	IF OLD.state = 'reserved' AND NEW.state IN ('issued', 'abandoned') THEN
		same.state := OLD.state;
		same.issued_at := OLD.issued_at;
		same.abandoned_at := OLD.abandoned_at;
		same.fingerprint := OLD.fingerprint;
		same.der := OLD.der;
		same.current := OLD.current;
	ELSIF OLD.state = 'issued' AND OLD.current AND NOT NEW.current THEN
		same.current := OLD.current;
	ELSIF OLD.state = 'issued' AND OLD.installed_at IS NULL THEN
		same.installed_at := OLD.installed_at;
	END IF;
	IF same IS DISTINCT FROM OLD OR NEW IS NOT DISTINCT FROM OLD THEN
		RAISE EXCEPTION 'a ledger row is not changed this way (%)',
		    OLD.state || ' to ' || NEW.state
		    USING ERRCODE = 'restrict_violation';
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER certificate_begins BEFORE INSERT ON koshin.certificate
    FOR EACH ROW EXECUTE FUNCTION koshin.certificate_begins();
CREATE TRIGGER certificate_moves BEFORE UPDATE ON koshin.certificate
    FOR EACH ROW EXECUTE FUNCTION koshin.certificate_moves();
CREATE TRIGGER certificate_never
    BEFORE DELETE OR TRUNCATE ON koshin.certificate
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.never();
ALTER TABLE koshin.certificate ENABLE ALWAYS TRIGGER certificate_moves;
ALTER TABLE koshin.certificate ENABLE ALWAYS TRIGGER certificate_never;

-- An end before time. 'abandoned': nobody holds such a certificate, but a
-- signature may exist, so its serial is put on the CRL (I-4).
CREATE TABLE koshin.revocation (
	serial bytea PRIMARY KEY REFERENCES koshin.certificate,
	revoked_at timestamptz NOT NULL DEFAULT now(),
	reason text NOT NULL CHECK (reason IN ('unspecified',
	    'keyCompromise', 'affiliationChanged', 'superseded',
	    'cessationOfOperation', 'privilegeWithdrawn', 'abandoned')),
	actor text NOT NULL,
	-- Of the certificate, so that a list is read along one index, past
	-- those that have ended long ago (EST-355); in whole seconds, by which
	-- whoever reads it goes on.
	not_after timestamptz NOT NULL
);

CREATE INDEX revocation_at ON koshin.revocation (revoked_at, serial);
CREATE INDEX revocation_listed ON koshin.revocation (not_after, serial)
    INCLUDE (revoked_at, reason);

CREATE FUNCTION koshin.revocation_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	SELECT date_trunc('second', c.not_after) INTO NEW.not_after
	FROM certificate c
	WHERE c.serial = NEW.serial;
	RETURN NEW;
END $$;

CREATE TRIGGER revocation_begins BEFORE INSERT ON koshin.revocation
    FOR EACH ROW EXECUTE FUNCTION koshin.revocation_begins();
ALTER TABLE koshin.revocation ENABLE ALWAYS TRIGGER revocation_begins;

CREATE TRIGGER revocation_never
    BEFORE UPDATE OR DELETE OR TRUNCATE ON koshin.revocation
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.never();
ALTER TABLE koshin.revocation ENABLE ALWAYS TRIGGER revocation_never;

-- Keys that are nobody's any more (EST-154): filled from the revocations.
CREATE TABLE koshin.compromised_key (
	key_identity bytea PRIMARY KEY,
	serial bytea NOT NULL REFERENCES koshin.revocation
);

-- A revocation for compromise takes the key out of use in its transaction.
CREATE FUNCTION koshin.revocation_of_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	INSERT INTO compromised_key
	SELECT c.key_identity, c.serial FROM certificate c
	WHERE c.serial = NEW.serial
	ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;

CREATE TRIGGER revocation_of_key AFTER INSERT ON koshin.revocation
    FOR EACH ROW WHEN (NEW.reason = 'keyCompromise')
    EXECUTE FUNCTION koshin.revocation_of_key();
