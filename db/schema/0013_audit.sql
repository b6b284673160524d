-- The chain over the audit trail (A10, I-12). Rows of `audit` are written in
-- the transactions of their changes, many at once; here they get a place in
-- one order, and a seal: mac = HMAC(key, mac before || place || row). The key
-- is not in the database. Only the sealer has it, a process that does
-- nothing else (docs/decisions/0012-audit-chain.md).

DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'koshin_sealer')
	THEN
		BEGIN
			CREATE ROLE koshin_sealer LOGIN NOSUPERUSER NOCREATEDB
			    NOCREATEROLE NOINHERIT;
		EXCEPTION
		WHEN duplicate_object OR unique_violation THEN
			NULL;
		END;
	END IF;
END $$;

-- Positions have no gaps, unlike ids: where one is missing a row is missing.
CREATE TABLE koshin.audit_seal (
	position bigint PRIMARY KEY CHECK (position > 0),
	audit bigint NOT NULL UNIQUE,
	mac bytea NOT NULL CHECK (octet_length(mac) = 32)
);

CREATE TRIGGER audit_seal_never
    BEFORE UPDATE OR DELETE OR TRUNCATE ON koshin.audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.never();
ALTER TABLE koshin.audit_seal ENABLE ALWAYS TRIGGER audit_seal_never;

-- Rows that wait for their seal. Each enters with its row's transaction, so
-- one that commits late is not overlooked, whatever its id. Rows live for a
-- second: what they leave behind is cleared away early.
CREATE TABLE koshin.audit_unsealed (
	audit bigint PRIMARY KEY
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
INSERT INTO koshin.audit_unsealed SELECT id FROM koshin.audit;

CREATE FUNCTION koshin.audit_waits() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO koshin.audit_unsealed VALUES (NEW.id);
	RETURN NULL;
END $$;

CREATE TRIGGER audit_waits AFTER INSERT ON koshin.audit
    FOR EACH ROW EXECUTE FUNCTION koshin.audit_waits();

-- For `koshin audit list --since`. Rows come in the order of their times, so
-- this kind costs next to nothing when one is written.
CREATE INDEX audit_at ON koshin.audit USING brin (at);

-- Continues the chain behind `first` - 1, whose seal is `before` (32 zeros at
-- the beginning). False: it ends somewhere else, another sealer was first.
CREATE FUNCTION koshin.seal_audit(first bigint, before bytea,
    audit_ids bigint[], macs bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	newest audit_seal;
	taken integer;
BEGIN
	PERFORM pg_advisory_xact_lock(567448, 1);
	SELECT * INTO newest FROM audit_seal ORDER BY position DESC LIMIT 1;
	IF coalesce(newest.position, 0) <> first - 1
	    OR coalesce(newest.mac, decode(repeat('00', 32), 'hex'))
		<> before THEN
		RETURN false;
	END IF;
	DELETE FROM audit_unsealed WHERE audit = ANY (audit_ids);
	GET DIAGNOSTICS taken = ROW_COUNT;
	IF taken <> cardinality(audit_ids)
	    OR taken <> cardinality(macs) THEN
		RAISE EXCEPTION 'a row has its seal, or two'
		    USING ERRCODE = 'restrict_violation';
	END IF;
	INSERT INTO audit_seal (position, audit, mac)
	SELECT first + u.n - 1, u.id, u.mac
	FROM unnest(audit_ids, macs) WITH ORDINALITY AS u (id, mac, n);
	RETURN true;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA koshin FROM PUBLIC;
GRANT USAGE ON SCHEMA koshin TO koshin_sealer;
GRANT SELECT ON koshin.migration TO koshin_sealer;
GRANT SELECT ON koshin.audit, koshin.audit_seal, koshin.audit_unsealed
    TO koshin_sealer;
GRANT SELECT ON koshin.audit_seal, koshin.audit_unsealed TO koshin_operator;
GRANT EXECUTE ON FUNCTION
    koshin.seal_audit(bigint, bytea, bigint[], bytea[])
    TO koshin_sealer;
