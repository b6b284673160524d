-- Who may come in. One role for each kind of process and one for people at
-- the command line; the owner of the schema is whoever runs `koshin init`.
--
-- The roles may log in but have no password: give them one
-- (ALTER ROLE ... PASSWORD), or let pg_hba.conf know them by peer or cert.
-- Nobody reads or writes anything that is not granted by name in these files.

DO $$
DECLARE
	who text;
BEGIN
	FOREACH who IN ARRAY ARRAY['koshin_front', 'koshin_issuer',
	    'koshin_courier', 'koshin_operator']
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

REVOKE ALL ON SCHEMA koshin FROM PUBLIC;
GRANT USAGE ON SCHEMA koshin
    TO koshin_front, koshin_issuer, koshin_courier, koshin_operator;
GRANT SELECT ON koshin.migration
    TO koshin_front, koshin_issuer, koshin_courier, koshin_operator;
