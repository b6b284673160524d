-- The schema of Koshin, applied by `koshin init` as migration number 1, in
-- one transaction. The files follow each other as db/schema.c lists them:
-- roles, tables, the session of a person, functions by who calls them, and
-- at the end, in one place, who may do what (grants.sql).
--
-- Every function that changes something runs with the rights of the owner
-- (SECURITY DEFINER) and writes its audit row in the same transaction (I-12).
-- Whoever comes in as one of these roles may read the columns and call the
-- functions that grants.sql names, and nothing else.
--
-- Each role may log in but has no password: give it one
-- (ALTER ROLE ... PASSWORD), or let pg_hba.conf know it by peer or cert.

DO $$
DECLARE
	who text;
BEGIN
	FOREACH who IN ARRAY ARRAY[
	    'koshin_front',	-- a front thread: EST
	    'koshin_auth',	-- passwords and codes
	    'koshin_issuer',	-- the only one that writes certificates
	    'koshin_courier',	-- sends mails, closes what was left open
	    'koshin_operator',	-- the command line of the operator
	    'koshin_member',	-- a person, for his own contract
	    'koshin_sealer']	-- seals the audit trail
	LOOP
		-- Roles belong to all databases of the server; another one of
		-- them may be on its way to have them too.
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
			BEGIN
				EXECUTE format('CREATE ROLE %I LOGIN '
				    'NOSUPERUSER NOCREATEDB NOCREATEROLE '
				    'NOINHERIT', who);
			EXCEPTION
			WHEN duplicate_object OR unique_violation THEN
				NULL;
			END;
		END IF;
	END LOOP;
END $$;

-- ------------------------------------- small things that everybody uses

-- A time as the programs read it: whole seconds since 1970, rounded down.
CREATE FUNCTION koshin.epoch(at timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT floor(extract(epoch FROM at))::bigint
$$;

-- The same as an answer of the API has it (portal/openapi.yaml, Moment).
CREATE FUNCTION koshin.moment(at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- Work that one does at a time takes the row of its name for update. It is no
-- advisory lock, which any role may take, and stop the work in silence: nobody
-- has a right on this table, but for the functions that do the work.
CREATE TABLE koshin.turn (
	work text COLLATE "C" PRIMARY KEY,
	leader integer	-- the backend that does it for longer, if it lives
);
INSERT INTO koshin.turn (work) VALUES ('plan'), ('seal'), ('crl');

-- For every table that only grows: its trigger calls this. It is enabled
-- ALWAYS there, so that it holds against the owner and against a replica too.
CREATE FUNCTION koshin.never() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is never done to %', lower(TG_OP), TG_TABLE_NAME
	    USING ERRCODE = 'restrict_violation';
END $$;
