-- The outbox. A row is written in the transaction of the event it tells of;
-- its event key makes one event one row (I-10). It holds no code and no
-- password: a code mail has the nonce its code is derived from, and loses it
-- when it is sent or dead (I-11). The code's id and keyed digest stay: by them
-- the issuer sees that a code was mailed to whom it is said to be of, and auth
-- that one was spent, when Redis has forgotten (I-6).

CREATE TABLE koshin.mail (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	event_key text COLLATE "C" NOT NULL UNIQUE,
	kind koshin.mail_kind NOT NULL,
	account bigint REFERENCES koshin.account,
	recipient koshin.mail_address NOT NULL,
	locale koshin.locale NOT NULL,
	parameters koshin.mail_parameters NOT NULL DEFAULT '{}',
	nonce bytea,
	code_id koshin.code_id,
	code_digest koshin.digest,
	made_at timestamptz NOT NULL DEFAULT now(),
	-- When somebody has to look at it again; a courier that takes it moves
	-- this to the end of its lease.
	due_at timestamptz NOT NULL DEFAULT now(),
	dies_at timestamptz,
	priority koshin.mail_priority NOT NULL DEFAULT 5,	-- 0: first
	attempts integer NOT NULL DEFAULT 0,
	lease_until timestamptz,
	state koshin.mail_state NOT NULL DEFAULT 'queued',
	last_answer text,
	done_at timestamptz,
	message_id text NOT NULL,
	CONSTRAINT mail_whole CHECK ((done_at IS NULL) = (state = 'queued')
	    AND (nonce IS NULL
		OR state = 'queued' AND octet_length(nonce) = 16))
);

-- The courier's, who says `done_at IS NULL` for a queued mail. Who looks for
-- the queued mails of one event or account says `state = 'queued'`, and so
-- cannot be given an index of the whole queue to walk: to PostgreSQL that is
-- a short way while its figures are from a time when the queue was short.
-- Each mail is written three times, and each time into every index that it is
-- in: there is no other for the times alone (next_mail).
CREATE INDEX mail_queue ON koshin.mail (priority, due_at)
    WHERE done_at IS NULL;
CREATE INDEX mail_dying ON koshin.mail (dies_at)
    WHERE done_at IS NULL AND dies_at IS NOT NULL;

CREATE INDEX mail_code ON koshin.mail (account)
    WHERE state = 'queued' AND kind = 'code';
CREATE INDEX mail_failed ON koshin.mail (id) WHERE state = 'failed';
CREATE INDEX mail_refused ON koshin.mail (account, id) WHERE state = 'failed';
CREATE INDEX mail_of_account ON koshin.mail (account, id);
-- For `koshin mail list --kind`. Among any hundred mails some are `issued`.
CREATE INDEX mail_rare ON koshin.mail (kind, id) WHERE kind <> 'issued';

-- Wakes the couriers when the transaction commits, if there is one for them.
CREATE FUNCTION koshin.mail_rings() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM added) THEN
		PERFORM pg_notify('koshin_mail', '');
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER mail_rings AFTER INSERT ON koshin.mail
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.mail_rings();

-- The notices of mails that are gone (koshin.remove_mails), each by its event
-- key, where the certificate was current still: a certificate that nobody has
-- renewed draws the notice of its end for ever, and it is told once (R-MAIL-1).
-- They go when it is not current any more (certificate_draws_no_notice).
CREATE TABLE koshin.told (
	event_key text COLLATE "C" PRIMARY KEY,
	at timestamptz NOT NULL
);

-- A mail that has ended keeps no nonce, whoever ended it (I-11).
CREATE FUNCTION koshin.mail_ends() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.nonce := NULL;
	NEW.lease_until := NULL;
	NEW.done_at := coalesce(NEW.done_at, now());
	RETURN NEW;
END $$;

CREATE TRIGGER mail_ends BEFORE UPDATE ON koshin.mail
    FOR EACH ROW WHEN (NEW.state <> 'queued')
    EXECUTE FUNCTION koshin.mail_ends();

-- ------------------------------------------------------ writing a mail

-- The left part of a Message-ID: of the event alone, so that a mail that is
-- sent twice is the same mail twice (I-10).
CREATE FUNCTION koshin.message_id_of(event text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT left(encode(sha256(convert_to(event, 'UTF8')), 'hex'), 40)
$$;

-- Writes a notice to each of these holders: address (but for one that is said),
-- language and names come from the account, times go in as seconds since 1970.
-- An event that was told before is not told again. Says how many were.
CREATE FUNCTION koshin.notices(holders bigint[], what text, events text[],
    more jsonb[], rank integer DEFAULT 5, addresses text[] DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
DECLARE
	told integer;
BEGIN
	INSERT INTO mail (event_key, kind, account, recipient, locale,
	    parameters, priority, message_id)
	SELECT q.event, what, a.id, coalesce(q.address, a.email), a.locale,
	    jsonb_build_object('user_id', a.user_id, 'name', a.name,
	    'contract', a.contract, 'role', a.role) || q.more,
	    rank, message_id_of(q.event)
	FROM unnest(holders, events, more, addresses)
	    AS q (holder, event, more, address)
	JOIN account a ON a.id = q.holder
	ON CONFLICT (event_key) DO NOTHING;
	GET DIAGNOSTICS told = ROW_COUNT;
	RETURN told;
END $$;

-- The same to one. False if the event was told before.
CREATE FUNCTION koshin.notice(holder bigint, what text, event text,
    more jsonb DEFAULT '{}', rank integer DEFAULT 5, address text DEFAULT NULL)
RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT notices(ARRAY[holder], what, ARRAY[event], ARRAY[more], rank,
	    ARRAY[address]) > 0
$$;

-- Called by whatever makes a code useless: one that waits to be mailed dies
-- with what it was mailed for (O-09). The one in Redis is killed by the
-- program, in the transaction of the change.
CREATE FUNCTION koshin.kill_codes(holder bigint, why text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	UPDATE mail SET state = 'expired', last_answer = why
	WHERE account = holder AND kind = 'code' AND state = 'queued';
END $$;

-- ------------------------- notices of certificates that near their end

-- The event of such a notice: one for each certificate and kind, whoever
-- plans, however often, on however many instances (F-72).
CREATE FUNCTION koshin.notice_event(kind text, serial bytea) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT kind || ':' || encode(serial, 'hex')
$$;

-- A renewed or revoked certificate draws no further notices, and one that is
-- seen in use none of that it is not: also none of those that a mail server has
-- not taken yet, and nobody has to remember those that were told. These few are
-- found by an index, also by a plan that was made while the queue was empty
-- (F-48), and locked in the order in which settle_mails() does it. A row that
-- was current and still is can have become nothing but installed
-- (certificate_moves).
CREATE FUNCTION koshin.certificate_draws_no_notice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp
SET enable_seqscan = off AS $$
DECLARE
	events text[] := ARRAY(
	    SELECT notice_event(kind, w.serial)
	    FROM was w JOIN became b USING (serial),
	    unnest(CASE WHEN b.current THEN '{not_installed}'
		ELSE '{expires_30,expires_10,expired,not_installed}'
		END::text[]) kind
	    WHERE w.current);
BEGIN
	IF events <> '{}' THEN
		UPDATE mail SET state = 'expired',
		    last_answer = 'renewed, revoked or installed meanwhile'
		WHERE id = ANY (ARRAY(SELECT m.id FROM mail m
		    WHERE m.state = 'queued' AND m.event_key = ANY (events)
		    ORDER BY m.id FOR NO KEY UPDATE));
		DELETE FROM told WHERE event_key = ANY (events);
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER certificate_draws_no_notice
    AFTER UPDATE ON koshin.certificate
    REFERENCING OLD TABLE AS was NEW TABLE AS became
    FOR EACH STATEMENT EXECUTE FUNCTION koshin.certificate_draws_no_notice();

-- Neither does one whose holder is gone.
CREATE FUNCTION koshin.account_draws_no_notice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, koshin, pg_temp
SET enable_seqscan = off AS $$
BEGIN
	UPDATE mail SET state = 'expired', last_answer = 'account closed'
	WHERE id = ANY (ARRAY(SELECT m.id FROM mail m
	    WHERE m.account = OLD.id AND m.state = 'queued'
	    AND m.kind IN ('expires_30', 'expires_10', 'expired',
		'not_installed')
	    ORDER BY m.id FOR NO KEY UPDATE));
	RETURN NULL;
END $$;

CREATE TRIGGER account_draws_no_notice
    AFTER UPDATE OF state ON koshin.account
    FOR EACH ROW WHEN (OLD.state <> 'closed' AND NEW.state = 'closed')
    EXECUTE FUNCTION koshin.account_draws_no_notice();
