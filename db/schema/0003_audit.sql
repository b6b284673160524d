-- One row for each change of state (I-12): written by the functions of this
-- schema in the transaction of the change, never changed, never deleted.

CREATE TABLE koshin.audit (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	role text NOT NULL DEFAULT session_user,
	actor text NOT NULL DEFAULT '',	-- the person, where there is one
	action text NOT NULL,		-- e.g. 'certificate.issue'
	object text NOT NULL,		-- e.g. 'certificate:0a1b...'
	account bigint,
	details jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_of_account ON koshin.audit (account, id);
CREATE INDEX audit_of_object ON koshin.audit (object);

-- For every table that only grows; holds against the owner too.
CREATE FUNCTION koshin.never() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is never done to %', lower(TG_OP), TG_TABLE_NAME
	    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER audit_never
    BEFORE UPDATE OR DELETE OR TRUNCATE ON koshin.audit
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.never();
ALTER TABLE koshin.audit ENABLE ALWAYS TRIGGER audit_never;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA koshin FROM PUBLIC;
GRANT SELECT ON koshin.audit TO koshin_operator;
