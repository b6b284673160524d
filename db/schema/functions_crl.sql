-- Lists of revoked certificates: the issuer numbers them (db/revocations.c), an
-- operator may want one.

-- The number of a list is above that of any before it, also where the database
-- was restored and has forgotten some: then it is the time, and above `known`,
-- the number of the one that lies where they are published.
CREATE FUNCTION koshin.begin_crl(ca bytea, valid_s integer, known bigint)
RETURNS koshin.crl
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	begun crl;
	at timestamptz;
BEGIN
	PERFORM FROM turn WHERE work = 'crl' FOR UPDATE;
	at := date_trunc('second', clock_timestamp());
	INSERT INTO crl (number, authority, this_update, next_update)
	VALUES (greatest((SELECT max(c.number) FROM crl c) + 1, known + 1,
	    epoch(at)), ca, at, at + make_interval(secs => valid_s))
	RETURNING * INTO begun;
	RETURN begun;
END $$;

-- True: it is published, now or by an earlier sending.
CREATE FUNCTION koshin.finish_crl(which bigint, listed bigint, len bigint,
    sha256 bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE crl SET published_at = now(), entries = listed, bytes = len,
	    digest = sha256
	WHERE number = which AND published_at IS NULL;
	RETURN EXISTS (SELECT FROM crl
	    WHERE number = which AND digest = sha256);
END $$;

-- The issuers see it within seconds. The number of the newest list before.
CREATE FUNCTION koshin.wish_crl(remark text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	PERFORM need_operator();
	INSERT INTO crl_wish (actor) VALUES (acting());
	PERFORM audited(remark, 'crl.wish', 'crl', NULL);
	RETURN coalesce((SELECT max(number) FROM crl), 0);
END $$;
