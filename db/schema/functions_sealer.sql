-- What the sealer may do (db/seals.c): put seals behind the last one.

-- True: this connection is the one that seals, until it ends. It saves several
-- sealers the work of being refused; nothing rests on it.
CREATE FUNCTION koshin.lead_sealing() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE turn t SET leader = pg_backend_pid()
	WHERE t.work = 'seal' AND NOT EXISTS (SELECT
	    FROM pg_stat_activity b WHERE b.pid = t.leader
	    AND b.pid <> pg_backend_pid() AND b.usename = session_user
	    AND b.datname = current_database());
	RETURN FOUND;
END $$;

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
	PERFORM FROM turn WHERE work = 'seal' FOR UPDATE;
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
