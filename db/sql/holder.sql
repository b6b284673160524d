-- Begins each statement that reads a holder (db/sql.c): `a` is his account,
-- `k` its contract, `c` its current certificate, `p` the one that was presented. Their names are
-- those of db/holder_columns.h. The password hash is not among them; how the
-- person is called and written to stands behind them, as not all may read it.
--
-- Not EXISTS for what is found by a key: PostgreSQL would rather read all
-- revocations into a table of its own, each time, while there are a few hundred.
SELECT
    a.id AS id,
    a.version AS version,
    a.user_id AS user_id,
    a.contract AS contract,
    a.temporary_password AS temporary_password,
    a.role AS role,
    a.state AS state,
    koshin.epoch(a.locked_until) AS locked_until,
    a.locks AS locks,
    k.profiles AS profiles,

    c.serial AS current_serial,
    c.account AS current_account,
    c.profile AS current_profile,
    koshin.epoch(c.not_before) AS current_not_before,
    koshin.epoch(c.not_after) AS current_not_after,
    c.state = 'issued' AS current_issued,
    (SELECT r.serial FROM koshin.revocation r
	WHERE r.serial = c.serial) IS NOT NULL AS current_revoked,
    c.current AS current_current,
    c.installed_at IS NOT NULL AS current_installed,
    koshin.epoch(c.issued_at) AS current_issued_at,
    c.key_identity AS current_key_identity,

    p.serial AS presented_serial,
    p.account AS presented_account,
    p.profile AS presented_profile,
    koshin.epoch(p.not_before) AS presented_not_before,
    koshin.epoch(p.not_after) AS presented_not_after,
    p.state = 'issued' AS presented_issued,
    (SELECT r.serial FROM koshin.revocation r
	WHERE r.serial = p.serial) IS NOT NULL AS presented_revoked,
    p.current AS presented_current,
    p.installed_at IS NOT NULL AS presented_installed,
    koshin.epoch(p.issued_at) AS presented_issued_at,
    p.key_identity AS presented_key_identity,

    koshin.epoch(clock_timestamp()) AS time,
