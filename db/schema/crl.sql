-- Every list of revoked certificates that was begun. Its number is taken before
-- it is signed, so that there are no two under one, whoever signs (F-73).

CREATE TABLE koshin.crl (
	number bigint PRIMARY KEY CHECK (number > 0),
	authority bytea NOT NULL, -- key identifier of the CA
	this_update timestamptz NOT NULL,
	next_update timestamptz NOT NULL CHECK (next_update > this_update),
	-- Once it lies where it is published:
	published_at timestamptz,
	entries bigint CHECK (entries >= 0),
	bytes bigint CHECK (bytes > 0),
	digest koshin.digest, -- SHA-256 of it

	CONSTRAINT crl_whole CHECK ((published_at IS NULL) = (entries IS NULL)
	    AND (published_at IS NULL) = (bytes IS NULL)
	    AND (published_at IS NULL) = (digest IS NULL))
);

CREATE TRIGGER crl_never BEFORE DELETE OR TRUNCATE ON koshin.crl
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.never();
ALTER TABLE koshin.crl ENABLE ALWAYS TRIGGER crl_never;
-- It is published once, and is what it was.
CREATE TRIGGER crl_moves BEFORE UPDATE ON koshin.crl FOR EACH ROW
    WHEN (OLD.published_at IS NOT NULL
	OR (OLD.number, OLD.authority, OLD.this_update, OLD.next_update)
	IS DISTINCT FROM
	(NEW.number, NEW.authority, NEW.this_update, NEW.next_update))
    EXECUTE FUNCTION koshin.never();
ALTER TABLE koshin.crl ENABLE ALWAYS TRIGGER crl_moves;

-- An operator wants a new one now.
CREATE TABLE koshin.crl_wish (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	wished_at timestamptz NOT NULL DEFAULT now(),
	actor text NOT NULL
);

CREATE TRIGGER crl_wish_never
    BEFORE UPDATE OR DELETE OR TRUNCATE ON koshin.crl_wish
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.never();
ALTER TABLE koshin.crl_wish ENABLE ALWAYS TRIGGER crl_wish_never;
