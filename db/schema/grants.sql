-- Who may do what; tests/server/db/test_schema_grants.py has the same table, and
-- finds what is granted beyond it. Nobody owns or writes a table: a change is
-- a call of a function.

-- Nothing is for everybody, what is added later neither; what is PostgreSQL's
-- own is in db/sql/withhold.sql.
REVOKE ALL ON SCHEMA koshin FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA koshin FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT USAGE ON SCHEMA koshin
    TO koshin_front, koshin_auth, koshin_issuer, koshin_courier,
    koshin_operator, koshin_member, koshin_sealer;
-- Each program asks at its start whether the schema is its own (F-45).
GRANT SELECT ON koshin.migration
    TO koshin_front, koshin_auth, koshin_issuer, koshin_courier,
    koshin_operator, koshin_member, koshin_sealer;

-- --------------------------------------------------------------- reading

-- Hashes of passwords, the initial ones of contracts too, are for auth alone.
GRANT SELECT (number, initial_password_hash, state, locks, locked_until,
    profiles)
    ON koshin.contract TO koshin_auth;
GRANT SELECT ON koshin.account TO koshin_auth;

GRANT SELECT (number, name, state, locks, locked_until, profiles, made_at)
    ON koshin.contract TO koshin_front, koshin_operator, koshin_member;
GRANT SELECT (number, profiles) ON koshin.contract TO koshin_issuer;

GRANT SELECT (id, version, user_id, contract, role, name, email, locale,
    temporary_password, state, locks, locked_until, made_at)
    ON koshin.account TO koshin_issuer, koshin_operator, koshin_member;
-- Until when it may be reopened (T7), and another address that waits (T3).
GRANT SELECT (closed_at, email_next, email_at)
    ON koshin.account TO koshin_operator, koshin_member;
-- A front does not learn how people are called and written to.
GRANT SELECT (id, version, user_id, contract, role, temporary_password, state,
    locks, locked_until, made_at)
    ON koshin.account TO koshin_front;
GRANT SELECT (id, version, user_id, contract, role, name, email, locale,
    state, locks, locked_until)
    ON koshin.account TO koshin_courier;

GRANT SELECT ON koshin.certificate, koshin.revocation
    TO koshin_front, koshin_auth, koshin_issuer, koshin_courier,
    koshin_operator;
GRANT SELECT (serial, account, profile, subject, not_before, not_after,
    replaces, via, state, current, reserved_at, issued_at, fingerprint, der,
    installed_at)
    ON koshin.certificate TO koshin_member;
GRANT SELECT (serial, revoked_at, reason)
    ON koshin.revocation TO koshin_member;
-- Whether a user's mails arrive (T4).
GRANT SELECT (id, account, recipient, state, done_at)
    ON koshin.mail TO koshin_member;

-- Which code was mailed to whom, and until when it lives.
GRANT SELECT (account, code_id, dies_at) ON koshin.mail
    TO koshin_issuer, koshin_auth;
GRANT SELECT (code_digest, state) ON koshin.mail TO koshin_auth;

-- Everything but the nonce; that is handed out with the mail, by take_mails.
GRANT SELECT (id, event_key, kind, account, recipient, locale, parameters,
    made_at, due_at, dies_at, priority, attempts, lease_until, state,
    last_answer, done_at, message_id)
    ON koshin.mail TO koshin_courier, koshin_operator;

GRANT SELECT ON koshin.crl TO koshin_operator;
GRANT SELECT (id) ON koshin.crl_wish TO koshin_issuer;

GRANT SELECT ON koshin.audit, koshin.audit_seal, koshin.audit_unsealed
    TO koshin_operator, koshin_sealer;

-- --------------------------------------------------------------- calling

-- Who reads tables shows their times.
GRANT EXECUTE ON FUNCTION koshin.epoch(timestamptz)
    TO koshin_front, koshin_auth, koshin_issuer, koshin_courier,
    koshin_operator, koshin_member;

GRANT EXECUTE ON FUNCTION
    koshin.key_taken(bigint, bytea),
    koshin.feed(bytea),
    koshin.stop_email(bytea)
    TO koshin_front;

GRANT EXECUTE ON FUNCTION
    koshin.lock_account(bigint, integer, timestamptz, boolean, integer, text),
    koshin.lock_contract(text, integer, timestamptz, boolean),
    koshin.hash_cost(text),
    koshin.open_session(bytea, text, bigint, text, integer, integer, integer,
	text[], integer, integer, integer, integer),
    koshin.session_gives(bytea),
    koshin.prepare_email(bytea, bytea, bytea, bytea),
    koshin.confirm_email(bigint, bytea),
    koshin.owed_by(bytea),
    koshin.settle_owed(bytea, text, boolean),
    koshin.begin_account(text, bigint, text, text),
    koshin.begin_master(text, text, text, text, text, text, text),
    koshin.rehash_password(bigint, text, text),
    koshin.mail_code(bigint, bytea, timestamptz, timestamptz, text, bytea,
	bytea)
    TO koshin_auth;

GRANT EXECUTE ON FUNCTION
    koshin.key_taken(bigint, bytea),
    koshin.reserve(bytea[], bigint[], bigint[], bytea[], text[], text[],
	bytea[], bytea[], bytea[], bytea[], timestamptz[], timestamptz[],
	bytea[], boolean[], boolean[]),
    koshin.record(bytea[], bytea[], bytea[], boolean[]),
    koshin.mark_installed(bytea[], bytea[]),
    koshin.begin_crl(bytea, integer, bigint),
    koshin.finish_crl(bigint, bigint, bigint, bytea)
    TO koshin_issuer;

GRANT EXECUTE ON FUNCTION
    koshin.close_abandoned(bigint[]),
    koshin.take_mails(integer, integer, boolean),
    koshin.settle_mails(bigint[], text[], timestamptz[], text[]),
    koshin.next_mail(),
    koshin.plan_uninstalled(integer),
    koshin.remove_mails(integer, bigint, integer),
    koshin.oldest_unsealed(),
    koshin.plan_notices(timestamptz, timestamptz, timestamptz, timestamptz,
	bytea, integer, boolean)
    TO koshin_courier;

GRANT EXECUTE ON FUNCTION
    koshin.set_password(text, text, text, boolean),
    koshin.wish_crl(text),
    koshin.due_notices(timestamptz, timestamptz, timestamptz, timestamptz,
	bytea, integer),
    koshin.plan_notices(timestamptz, timestamptz, timestamptz, timestamptz,
	bytea, integer, boolean)
    TO koshin_operator;

-- In a session they ask whose it is.
GRANT EXECUTE ON FUNCTION
    koshin.add_contract(text, text, text, text),
    koshin.lift_contract(text, text, text),
    koshin.reset_contract(text, text, text, text),
    koshin.close_contract(text, text, text),
    koshin.set_profiles(text, text, text),
    koshin.add_account(text, text, text, text, text, text, text, text,
	boolean),
    koshin.suspend_account(text, text, text),
    koshin.resume_account(text, text, text),
    koshin.retry_mail(text, bigint),
    koshin.retry_failed_mails(text),
    koshin.lift_account(text, text, text),
    koshin.close_account(text, text, text),
    koshin.reopen_account(text, text, text),
    koshin.remind_account(text, text),
    koshin.give_password(text, text, text),
    koshin.withdraw_certificate(text, bytea, text),
    koshin.set_name(text, text, text),
    koshin.set_email(text, text, text),
    koshin.keep_email(text, text),
    koshin.set_locale(text, text, text)
    TO koshin_operator, koshin_member;

GRANT EXECUTE ON FUNCTION
    koshin.enter_session(text, boolean),
    koshin.session_contract(),
    koshin.session_only(),
    koshin.end_session(),
    koshin.register_master(text, text, text, text, text),
    koshin.register_member(text, text, text, text, text, text),
    koshin.replace_temporary_password(text),
    koshin.change_password(text),
    koshin.own_details(),
    koshin.set_feed(bytea),
    koshin.revoke_own(text, bytea, text),
    koshin.reopens(timestamptz),
    koshin.desk_users(timestamptz),
    koshin.desk_list(timestamptz, text, text, text, boolean, text, integer),
    koshin.desk_figures(timestamptz),
    koshin.desk_left(text),
    koshin.claim_user_id(text)
    TO koshin_member;

-- The operator's desk.
GRANT EXECUTE ON FUNCTION
    koshin.operator_contracts(text, text, boolean, text, integer),
    koshin.operator_users(text, text, text, text, boolean, text, integer),
    koshin.operator_certificates(text, integer),
    koshin.operator_mails(text, boolean, bigint, integer),
    koshin.operator_audit(text, text, text, timestamptz, timestamptz, bigint,
	integer),
    koshin.operator_figures(timestamptz, timestamptz, text, text),
    koshin.operator_proposals(integer),
    koshin.moment(timestamptz),
    koshin.revoke_contract(text, text, text, text),
    koshin.propose(text, text, text, text, text),
    koshin.proposal_resets(bigint),
    koshin.confirm(text, bigint, text),
    koshin.decline(text, bigint)
    TO koshin_member;

GRANT EXECUTE ON FUNCTION
    koshin.lead_sealing(),
    koshin.seal_audit(bigint, bytea, bigint[], bytea[])
    TO koshin_sealer;
