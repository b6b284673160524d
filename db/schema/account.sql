-- Customers and holders. What the limits of the fields are in detail is
-- judged by policy/input; the checks here keep out what would harm.

CREATE TABLE koshin.contract (
	number text COLLATE "C" PRIMARY KEY
	    CHECK (number ~ '^[0-9]{8}$'),			-- R-ACC-1
	name text NOT NULL DEFAULT ''
	    CHECK (octet_length(name) <= 255),
	initial_password_hash text	-- NULL: used up (R-ACC-2)
	    CHECK (octet_length(initial_password_hash) <= 127),
	state text NOT NULL DEFAULT 'active'
	    CHECK (state IN ('active', 'blocked', 'closed')),
	locks integer NOT NULL DEFAULT 0 CHECK (locks >= 0),	-- R-LOCK-7
	locked_until timestamptz,
	-- Under which its users get certificates (R-CERT-11), with commas
	-- between; empty: under any that is for their role.
	profiles text COLLATE "C" NOT NULL DEFAULT ''
	    CHECK (profiles ~ '^([A-Za-z0-9._~-]{1,64}(,[A-Za-z0-9._~-]{1,64})*)?$'
	    AND octet_length(profiles) <= 255),
	made_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE koshin.account (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	version bigint NOT NULL DEFAULT 1,	-- grows with every change
	user_id text COLLATE "C" NOT NULL UNIQUE		-- R-ACC-3
	    CHECK (user_id ~ '^[!-~]{1,63}$'),
	contract text COLLATE "C" NOT NULL
	    REFERENCES koshin.contract (number),
	role text NOT NULL
	    CHECK (role IN ('master', 'general', 'device', 'operator')),
	name text NOT NULL					-- R-ACC-5
	    CHECK (octet_length(name) BETWEEN 1 AND 127
	    AND name !~ '[[:cntrl:]]'),
	email koshin.mail_address NOT NULL,
	email_next koshin.mail_address,	-- another one, that waits until then
	email_at timestamptz,		-- (T3)
	-- By which the old one's owner ends that waiting: keyed digest of a code
	-- with which it is over, digest of a link's token, which gives it up.
	email_code koshin.digest,
	email_stop koshin.digest,
	locale koshin.locale NOT NULL DEFAULT 'ja',
	password_hash text COLLATE "C" NOT NULL			-- R-ACC-9
	    CHECK (octet_length(password_hash) <= 127
	    AND password_hash LIKE '$argon2id$%'),
	temporary_password boolean NOT NULL DEFAULT false,	-- R-ACC-7
	state text COLLATE "C" NOT NULL DEFAULT 'active'
	    CHECK (state IN ('active', 'blocked', 'suspended', 'closed')),
	suspended_from text		-- what it was before (R-LOCK-9)
	    CHECK (suspended_from IN ('active', 'blocked')),
	feed koshin.digest,	-- of the token of his calendar's address
	locks integer NOT NULL DEFAULT 0 CHECK (locks >= 0),	-- in a row
	locked_until timestamptz,				-- R-LOCK-8
	closed_at timestamptz,		-- and what it was before (T7)
	closed_from text
	    CHECK (closed_from IN ('active', 'blocked', 'suspended')),
	made_at timestamptz NOT NULL DEFAULT now(),

	CONSTRAINT account_email
	    CHECK ((email_next IS NULL) = (email_at IS NULL)
	    AND (email_code IS NULL) = (email_stop IS NULL)
	    AND (email_next IS NOT NULL OR email_code IS NULL)),
	CONSTRAINT account_suspended
	    CHECK (state <> 'suspended' OR suspended_from IS NOT NULL)
);

-- The orders of `koshin user list`; no login changes what stands in the first
-- two.
CREATE INDEX account_of_contract ON koshin.account (contract, user_id);
CREATE INDEX account_of_state ON koshin.account (state, contract, user_id);
CREATE INDEX account_locked ON koshin.account (contract, user_id)
    WHERE locked_until IS NOT NULL;
-- How many a master has closed just now.
CREATE INDEX account_closed ON koshin.account (contract, closed_at)
    WHERE closed_at IS NOT NULL;
-- By which the operator's desk finds people, and contracts: how an address and
-- a name begin, in any case of letters.
CREATE INDEX account_email ON koshin.account (lower(email COLLATE "C"));
CREATE INDEX account_name ON koshin.account (lower(name COLLATE "C"));
CREATE INDEX contract_name ON koshin.contract (lower(name COLLATE "C"));

-- The courier's, who moves those whose time has come.
CREATE INDEX account_email_at ON koshin.account (email_at)
    WHERE email_at IS NOT NULL;

CREATE UNIQUE INDEX account_email_stop ON koshin.account (email_stop)
    WHERE email_stop IS NOT NULL;
CREATE UNIQUE INDEX account_feed ON koshin.account (feed)
    WHERE feed IS NOT NULL;

-- How a hash begins: what Argon2id it took (base/password.h). An auth asks for
-- all there are, each minute.
CREATE FUNCTION koshin.hash_cost(password_hash text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT substring(password_hash
	    FROM '^[$]argon2id[$]v=19[$]m=[0-9]+,t=[0-9]+,p=1')
$$;

CREATE INDEX account_cost ON koshin.account (koshin.hash_cost(password_hash));

-- R-ACC-2: exactly one master per contract.
CREATE UNIQUE INDEX account_one_master ON koshin.account (contract)
    WHERE role = 'master' AND state <> 'closed';

-- A decision made on an old version is a conflict. A user ID stands in
-- certificates: it is never changed (R-ACC-3). Whoever closes an account, what
-- it was is kept: closing and opening it again lifts nothing. Another address
-- does not wait beyond that, nor beyond a block: its owner, who could give it
-- up, does not come in any more (T3).
CREATE FUNCTION koshin.account_changes() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.id <> OLD.id OR NEW.user_id <> OLD.user_id
	    OR NEW.contract <> OLD.contract THEN
		RAISE EXCEPTION 'a user ID and its contract stay as they are'
		    USING ERRCODE = 'restrict_violation';
	END IF;
	NEW.version := OLD.version + 1;
	IF NEW.state IN ('closed', 'blocked') AND OLD.state <> NEW.state THEN
		NEW.email_next := NULL;
		NEW.email_at := NULL;
	END IF;
	IF NEW.email_next IS NULL THEN
		NEW.email_code := NULL;
		NEW.email_stop := NULL;
	END IF;
	IF NEW.state = 'closed' AND OLD.state <> 'closed' THEN
		NEW.closed_at := now();
		NEW.closed_from := OLD.state;
	ELSIF NEW.state <> 'closed' THEN
		NEW.closed_from := NULL;
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER account_changes BEFORE UPDATE ON koshin.account
    FOR EACH ROW EXECUTE FUNCTION koshin.account_changes();
