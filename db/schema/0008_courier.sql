-- What a courier may do with the outbox. It reads mails only by taking them,
-- and says of each how it ended.
--
-- Neither waits for the disk: should the database crash in the next moments, a
-- mail is sent once more, with the same Message-ID (I-10), and none is lost.

-- The due mails, code mails first, each for this courier alone until the
-- lease is over (F-55); with `codes_only` no others. `pairs` is the parameters
-- as name US value RS ...
CREATE FUNCTION koshin.take_mails(most integer, lease_s integer,
    codes_only boolean DEFAULT false)
RETURNS TABLE (id bigint, kind text, locale text, recipient text,
    message_id text, made_at bigint, dies_at bigint, attempts integer,
    nonce bytea, pairs text)
LANGUAGE plpgsql SECURITY DEFINER
-- Along the index of that order: a queue that was short when it was last
-- counted seems quickly read whole, and sorted.
SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off
SET search_path = pg_catalog, koshin, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('synchronous_commit', 'off', true);
	-- A code mail dies with its code (R-MAIL-4). ARRAY, not IN: a plan
	-- that is made before numbers are known would join, and read every
	-- mail that ever was; below as well.
	UPDATE mail SET state = 'expired'
	WHERE mail.id = ANY (ARRAY(SELECT m.id FROM mail m
	    WHERE m.done_at IS NULL AND m.dies_at <= now()
	    AND (m.lease_until IS NULL OR m.lease_until <= now())
	    ORDER BY m.dies_at FOR UPDATE SKIP LOCKED));
	RETURN QUERY
	WITH taken AS (
		UPDATE mail SET attempts = mail.attempts + 1,
		    lease_until = now() + make_interval(secs => lease_s),
		    due_at = now() + make_interval(secs => lease_s)
		WHERE mail.id = ANY (ARRAY(SELECT m.id FROM mail m
		    WHERE m.done_at IS NULL AND m.due_at <= now()
		    AND (m.priority = 0 OR NOT codes_only)
		    ORDER BY m.priority, m.due_at LIMIT most
		    FOR UPDATE SKIP LOCKED))
		RETURNING mail.*)
	SELECT t.id, t.kind, t.locale, t.recipient, t.message_id,
	    epoch(t.made_at), coalesce(epoch(t.dies_at), 0),
	    t.attempts - 1, t.nonce,
	    (SELECT string_agg(p.key || E'\x1f' ||
		regexp_replace(p.value, '[[:cntrl:]]', ' ', 'g'), E'\x1e'
		ORDER BY p.key)
	    FROM jsonb_each_text(t.parameters) p WHERE p.value IS NOT NULL)
	FROM taken t ORDER BY t.priority, t.id;
END $$;

-- How a mail ended: 'sent', 'failed', or 'later' at `next`. A mail that was
-- sent counts as sent, whatever became of it meanwhile.
CREATE FUNCTION koshin.settle_mail(which bigint, outcome text,
    next timestamptz, answer text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, koshin, pg_temp AS $$
BEGIN
	IF outcome NOT IN ('sent', 'failed', 'later') THEN
		RAISE EXCEPTION 'a mail cannot end as %', outcome;
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	UPDATE mail SET last_answer = left(answer, 500), due_at = next,
	    lease_until = NULL,
	    state = CASE WHEN outcome <> 'later' THEN outcome
		WHEN dies_at <= next THEN 'expired' ELSE 'queued' END
	WHERE id = which AND (state = 'queued'
	    OR outcome = 'sent' AND state <> 'sent');
END $$;

-- Seconds until somebody has to look: 0 is now, -1 is never.
CREATE FUNCTION koshin.next_mail() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off
SET search_path = pg_catalog, koshin, pg_temp AS $$
	SELECT coalesce((SELECT greatest(0,
	    ceil(extract(epoch FROM due_at - now())))
	    FROM mail WHERE done_at IS NULL ORDER BY due_at LIMIT 1), -1)::bigint
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA koshin FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    koshin.take_mails(integer, integer, boolean),
    koshin.settle_mail(bigint, text, timestamptz, text),
    koshin.next_mail(),
    koshin.epoch(timestamptz)
    TO koshin_courier;
