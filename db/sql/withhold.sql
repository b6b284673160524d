-- Nothing in the database is for everybody. Run each time behind the
-- migrations (db/migrate.c): what is PostgreSQL's own only a superuser takes
-- away, so that an owner who is none leaves it, and `koshin init` with a
-- superuser does it later. The answer names what is left.
DO $$
DECLARE
	what text;
	holder name := (SELECT nspowner::regrole FROM pg_namespace
	    WHERE nspname = 'koshin');
BEGIN
	EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC',
	    current_database());
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO koshin_front, '
	    'koshin_auth, koshin_issuer, koshin_courier, koshin_operator, '
	    'koshin_member, koshin_sealer', current_database());
	IF current_setting('is_superuser') = 'off' THEN
		RETURN;
	END IF;
	EXECUTE format('GRANT ALL ON DATABASE %I TO %I', current_database(),
	    holder);
	-- Large objects fill the disk, advisory locks stop others, DO is a
	-- program, and who ends connections ends those of other instances,
	-- which have his role. The owner's functions lock keys
	-- (koshin.reserve).
	FOR what IN SELECT oid::regprocedure FROM pg_proc
	    WHERE pronamespace = 'pg_catalog'::regnamespace
	    AND proname ~ '^(lo_|loread|lowrite|pg_.*advisory'
	    '|pg_(terminate|cancel)_backend)'
	LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC',
		    what);
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', what,
		    holder);
	END LOOP;
	REVOKE USAGE ON LANGUAGE sql, plpgsql FROM PUBLIC;
	EXECUTE format('GRANT USAGE ON LANGUAGE sql, plpgsql TO %I', holder);
END $$;
SELECT string_agg(what, ', ') AS left_to_everybody FROM (VALUES
    ('CONNECT and TEMP', has_database_privilege('public',
	current_database(), 'CONNECT')
	OR has_database_privilege('public', current_database(), 'TEMP')),
    ('advisory locks', has_function_privilege('public',
	'pg_advisory_lock(bigint)', 'EXECUTE')),
    ('ending connections', EXISTS (SELECT FROM pg_proc
	WHERE proname = 'pg_terminate_backend'
	AND has_function_privilege('public', oid, 'EXECUTE'))),
    ('large objects', has_function_privilege('public',
	'lo_create(oid)', 'EXECUTE')),
    ('DO', has_language_privilege('public', 'plpgsql', 'USAGE'))
    ) AS rights (what, there)
WHERE there
