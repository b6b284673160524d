-- One row for each change of state (I-12): written by the functions of this
-- schema in the transaction of the change, never changed, never deleted.

CREATE TABLE koshin.audit (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	role text NOT NULL DEFAULT session_user,
	actor text NOT NULL DEFAULT '',	-- the person: koshin.acting()
	action text COLLATE "C" NOT NULL,	-- e.g. 'certificate.issue'
	object text COLLATE "C" NOT NULL,	-- e.g. 'certificate:0a1b...'
	account bigint,
	details jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_of_account ON koshin.audit (account, id);
CREATE INDEX audit_of_object ON koshin.audit (object);
-- For `koshin audit list --since`. Rows come in the order of their times, so
-- it grows at its end only.
CREATE INDEX audit_at ON koshin.audit (at, id);
-- The same for --action, by the whole word or by its family. Among any hundred
-- rows some are of the other kind.
CREATE INDEX audit_of_action ON koshin.audit (action, id)
    WHERE action <> 'certificate.issue';
CREATE INDEX audit_of_family ON koshin.audit (split_part(action, '.', 1), id)
    WHERE action <> 'certificate.issue';

CREATE TRIGGER audit_never
    BEFORE UPDATE OR DELETE OR TRUNCATE ON koshin.audit
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.never();
ALTER TABLE koshin.audit ENABLE ALWAYS TRIGGER audit_never;

-- ---------------------------------------------------------------- the chain

-- The chain over the trail (A10). Rows of `audit` are written in the
-- transactions of their changes, many at once; here they get a place in one
-- order, and a seal: mac = HMAC(key, mac before || place || row). The key is
-- not in the database. Only the sealer has it, a process that does nothing
-- else (docs/decisions/0012-audit-chain.md).
--
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

-- Puts the new rows of the trail among those that wait.
CREATE FUNCTION koshin.audit_waits() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO koshin.audit_unsealed SELECT id FROM added;
	RETURN NULL;
END $$;

CREATE TRIGGER audit_waits AFTER INSERT ON koshin.audit
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.audit_waits();

-- The row that has waited longest for its seal; NULL: none waits. For the
-- courier, which tells when it is always the same (mailer/seal_watch.c).
CREATE FUNCTION koshin.oldest_unsealed() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT min(audit) FROM audit_unsealed
$$;
