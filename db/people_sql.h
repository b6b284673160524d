/*
 * people_sql - the statements about contracts and accounts, with their
 * parameters: one place for the blocking command line (cli/database.h) and
 * the event-driven pages (db/pg.h). What each function of the schema does is
 * said in db/schema/functions_people.sql, _operator.sql and _member.sql.
 *
 * Owns:    nothing; a question keeps the pointers it was made with.
 * Judged:  values have passed policy/input, and the act policy/authority.
 *          The schema asks once more whose rows they are (I-14).
 * Role:    koshin_operator where a `remark` stands; koshin_member in a
 *          session, which auth begins for who has proved a password
 *          (db/proofs.h).
 * Answer:  one row; a bool says whether there was anything to do. SQLSTATE
 *          P0002: not there, or not yours. KO005: refused. 23505: taken.
 *          KO001: a master has done it as often as the session lets him.
 * Order:   a change of password or address kills the code in Redis as well
 *          (attempts_drop_code): while the transaction of the change is open,
 *          or, where it cannot be held open, before and once more after.
 *          attempts_lift goes before people_sql_lift_account. In a session of
 *          the member area both are owed, and auth does them (db/proofs.h).
 */
#ifndef DB_PEOPLE_SQL_H
#define DB_PEOPLE_SQL_H

#include <stdbool.h>
#include <time.h>

#define PEOPLE_SQL_PARAMETERS_MAX 9

struct people_sql_question {
	const char *name; /* of the prepared statement */
	const char *sql;  /* parameters all in text form */
	int count;
	const char *parameter[PEOPLE_SQL_PARAMETERS_MAX];
};

/* Who an account is, when it begins. */
struct people_sql_holder {
	const char *user_id, *contract, *role, *name, *email, *locale;
};

/*
 * Something is done to `which`, by its number, user ID or serial; `text` is
 * why, or what it shall be. Who does it the database knows; the audit trail has
 * `remark` beside.
 */
typedef struct people_sql_question people_sql_change_fn(
    const char *remark, const char *which, const char *text);

/* ------------------------------------------------------------- contracts */

/* Registers nobody: the master does that with the initial password. */
struct people_sql_question people_sql_add_contract(const char *remark,
    const char *number, const char *name, const char *initial_hash);
/* R-ACC-8a: the master's account ends, a new initial password begins. */
struct people_sql_question people_sql_reset_contract(const char *remark,
    const char *number, const char *initial_hash, const char *why);

extern people_sql_change_fn
    people_sql_lift_contract,  /* its initial password again (R-LOCK-7) */
    people_sql_close_contract, /* and all of its accounts, for good */
    people_sql_set_profiles;   /* names with commas between, or "" */

/* All that is good of its users: `reason` is one of RFC 5280. */
struct people_sql_question people_sql_revoke_contract(const char *remark,
    const char *number, const char *reason, const char *why);

/* ------------------------------------------------ mails, and what takes two */

/* `id` in digits. */
struct people_sql_question people_sql_retry_mail(
    const char *remark, const char *id);
struct people_sql_question people_sql_retry_failed_mails(const char *remark);

/* R-OPS-4. `what` is a user ID or the number of a contract; `reason` is that of
 * a revocation, for revoke-many alone. */
struct people_sql_question people_sql_propose(const char *remark,
    const char *act, const char *what, const char *why, const char *reason);
/* Whether it takes an initial password to confirm that one: it resets. */
struct people_sql_question people_sql_proposal_resets(const char *id);
/* `hash` is that of an initial password, for reset-contract alone. */
struct people_sql_question people_sql_confirm(
    const char *remark, const char *id, const char *hash);
struct people_sql_question people_sql_decline(
    const char *remark, const char *id);

/* -------------------------------------------------------------- sessions */

/* `token` is that of a session which auth has opened. Of the connection, or
 * of the transaction. */
struct people_sql_question people_sql_enter_session(
    const char *token, bool transaction_only);

/* -------------------------------------------------------- registrations */

/* By the operator, any role. */
struct people_sql_question people_sql_add_account(const char *remark,
    const struct people_sql_holder *, const char *hash, bool temporary);
/* By the master himself, in the session of an initial password. `contract` and
 * `role` of the holder are not read. */
struct people_sql_question people_sql_register_master(
    const struct people_sql_holder *, const char *hash);
/* By the master in a session. `contract` of the holder is not read; general
 * users get a temporary password. */
struct people_sql_question people_sql_register_member(
    const struct people_sql_holder *, const char *hash);
/* One's own temporary password, that the session was begun with. */
struct people_sql_question people_sql_replace_temporary(const char *hash);

/* -------------------------------------------------------------- changes */

extern people_sql_change_fn people_sql_lift_account,
    people_sql_suspend_account, /* R-LOCK-9; the operator only, */
    people_sql_resume_account,	/* and so is this */
    people_sql_close_account,	/* certificates that are good are revoked */
    people_sql_reopen_account,	/* T7; false: closed too long ago */
    people_sql_set_name,
    people_sql_set_email, /* in a session it waits, see there (T3) */
    people_sql_set_locale,
    people_sql_give_password,	     /* a hash; temporary, but for a device */
    people_sql_withdraw_certificate, /* serial in hexadecimal */
    people_sql_revoke_own; /* so too; of one's own, in a session just begun */
/* R-WEB-5; false: within a day, or one who may not log in. */
struct people_sql_question people_sql_remind_account(
    const char *remark, const char *user_id);
/* The address that waits is given up; false: none does. */
struct people_sql_question people_sql_keep_email(
    const char *remark, const char *user_id);
/* One's own calendar, in a session: hexadecimal digest of the token of its
 * address; NULL: it has none any more. False: it had none. */
struct people_sql_question people_sql_set_feed(const char *digest);
/* The operator's. */
struct people_sql_question people_sql_set_password(
    const char *remark, const char *user_id, const char *hash, bool temporary);
/* One's own, in a session. */
struct people_sql_question people_sql_change_password(const char *hash);

#endif
