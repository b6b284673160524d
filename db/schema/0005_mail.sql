-- The outbox. A row is written in the transaction of the event it tells of;
-- its event key makes one event one row (I-10). It holds no code and no
-- password: a code mail has the nonce its code is derived from, and loses it
-- when it is sent or dead (I-11).

CREATE TABLE koshin.mail (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	event_key text COLLATE "C" NOT NULL UNIQUE,
	kind text NOT NULL CHECK (kind ~ '^[a-z_0-9]{1,31}$'),
	account bigint REFERENCES koshin.account,
	recipient text COLLATE "C" NOT NULL
	    CHECK (recipient ~ '^[!-~]+@[!-~]+$'
	    AND octet_length(recipient) <= 63),
	locale text NOT NULL CHECK (locale ~ '^[a-zA-Z-]{2,7}$'),
	parameters jsonb NOT NULL DEFAULT '{}'
	    CHECK (jsonb_typeof(parameters) = 'object'),
	nonce bytea CHECK (octet_length(nonce) = 16),
	made_at timestamptz NOT NULL DEFAULT now(),
	-- When somebody has to look at it again; a courier that takes it moves
	-- this to the end of its lease.
	due_at timestamptz NOT NULL DEFAULT now(),
	dies_at timestamptz,
	priority smallint NOT NULL DEFAULT 5,	-- 0: first
	attempts integer NOT NULL DEFAULT 0,
	lease_until timestamptz,
	state text NOT NULL DEFAULT 'queued'
	    CHECK (state IN ('queued', 'sent', 'failed', 'expired')),
	last_answer text,
	done_at timestamptz,
	message_id text NOT NULL,
	CONSTRAINT mail_nonce CHECK (nonce IS NULL OR state = 'queued'),
	CONSTRAINT mail_done CHECK ((done_at IS NULL) = (state = 'queued'))
);

-- The courier's, who says `done_at IS NULL` for a queued mail. Who looks for
-- the queued mails of one event or account says `state = 'queued'`, and so
-- cannot be given an index of the whole queue to walk: to PostgreSQL that is
-- a short way while its figures are from a time when the queue was short.
CREATE INDEX mail_queue ON koshin.mail (priority, due_at)
    WHERE done_at IS NULL;
CREATE INDEX mail_due ON koshin.mail (due_at) WHERE done_at IS NULL;
CREATE INDEX mail_dying ON koshin.mail (dies_at) WHERE done_at IS NULL;

CREATE INDEX mail_code ON koshin.mail (account)
    WHERE state = 'queued' AND kind = 'code';
CREATE INDEX mail_failed ON koshin.mail (id) WHERE state = 'failed';
CREATE INDEX mail_of_account ON koshin.mail (account, id);

-- Wakes the couriers when the transaction commits.
CREATE FUNCTION koshin.mail_rings() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('koshin_mail', '');
	RETURN NULL;
END $$;

CREATE TRIGGER mail_rings AFTER INSERT ON koshin.mail
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.mail_rings();

CREATE FUNCTION koshin.mail_ends() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.state <> 'queued' THEN
		NEW.nonce := NULL;
		NEW.lease_until := NULL;
		NEW.done_at := coalesce(NEW.done_at, now());
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER mail_ends BEFORE UPDATE ON koshin.mail
    FOR EACH ROW EXECUTE FUNCTION koshin.mail_ends();

-- Writes one notice to a holder: address, language and names come from the
-- account, times go in as seconds since 1970. False if the event was told
-- before.
CREATE FUNCTION koshin.notice(holder bigint, what text, event text,
    more jsonb DEFAULT '{}', rank integer DEFAULT 5) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	INSERT INTO mail (event_key, kind, account, recipient, locale,
	    parameters, priority, message_id)
	SELECT event, what, a.id, a.email, a.locale,
	    jsonb_build_object('user_id', a.user_id, 'name', a.name,
	    'contract', a.contract) || more,
	    rank, message_id_of(event)
	FROM account a WHERE a.id = holder
	ON CONFLICT (event_key) DO NOTHING;
	RETURN FOUND;
END $$;

CREATE FUNCTION koshin.message_id_of(event text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT left(encode(sha256(convert_to(event, 'UTF8')), 'hex'), 40)
$$;

CREATE FUNCTION koshin.epoch(at timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT floor(extract(epoch FROM at))::bigint
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA koshin FROM PUBLIC;
-- Everything but the nonce; that is handed out with the mail, by take_mails.
GRANT SELECT (id, event_key, kind, account, recipient, locale, parameters,
    made_at, due_at, dies_at, priority, attempts, lease_until, state,
    last_answer, done_at, message_id)
    ON koshin.mail TO koshin_courier, koshin_operator;
