/*
 * accounts - what front and auth ask PostgreSQL about holders, and the few
 * changes that auth may make: a lock that Redis decided, and a code mail.
 *
 * Role:   koshin_front, which reads accounts without their hashes, and the
 *         ledger; koshin_auth, which reads the hashes too, and changes things
 *         only through functions of the schema.
 * Fails:  enum db_rc; DB_NONE is never an answer here (an unknown account is
 *         facts with id 0).
 */
#ifndef DB_ACCOUNTS_H
#define DB_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/call.h"
#include "db/rc.h"
#include "policy/code.h"
#include "policy/facts.h"
#include "policy/grant.h"

struct accounts;
struct event_base;
struct password_costs;

/* Whose connection it is says what may be asked. */
enum accounts_whose {
	ACCOUNTS_FRONT, /* by certificate alone; keys */
	ACCOUNTS_AUTH,
};

/* `conninfo` must outlive it. Never NULL: it connects by and by. */
struct accounts *accounts_open(
    struct event_base *, const char *conninfo, enum accounts_whose);
/* Open questions are answered DB_DOWN first. NULL is fine. */
void accounts_close(struct accounts *);
/* Connected, so that a question has a chance. */
bool accounts_up(const struct accounts *);
/* Nothing is open, not even what nobody waits for. */
bool accounts_idle(const struct accounts *);
/* `up(arg)` is called each time the connection has come; NULL: no more. */
void accounts_when_up(struct accounts *, void (*up)(void *arg), void *arg);

/* A user ID, or a client certificate, or both (EST-190). */
struct accounts_question {
	const char *user_id;	     /* NULL: the account of the certificate */
	const struct serial *serial; /* or NULL */
	const struct digest *fingerprint; /* SHA-256 of its DER */
};

/* `holder` lives for the call. `presented.exists` only if serial *and*
 * fingerprint are in the ledger. */
typedef void accounts_holder_fn(
    void *arg, enum db_rc rc, const struct facts_holder *holder);
/* DB_DOWN, too, when the database has another time than we (db/skew.h). */
struct call *accounts_find(struct accounts *, const struct accounts_question *,
    accounts_holder_fn *answer, void *arg);

/*
 * May this account have a certificate of this key? Not when it is another
 * account's, or was revoked for compromise (EST-154, EST-161): as the ledger
 * judges it, LEDGER_KEY_TAKEN.
 */
typedef void accounts_key_fn(void *arg, enum db_rc rc, bool free);
struct call *accounts_check_key(struct accounts *, int64_t account,
    const struct digest *key_identity, accounts_key_fn *answer, void *arg);

/* The certificates of an account that were issued, the newest first, at most so
 * many. Of each is there what a list shows; `list` lives for the call. */
#define ACCOUNTS_CERTIFICATES_MAX 50
typedef void accounts_certificates_fn(void *arg, enum db_rc rc,
    const struct facts_certificate *list, size_t count);
struct call *accounts_list_certificates(struct accounts *, int64_t account,
    accounts_certificates_fn *answer, void *arg);

/* What a calendar shows, to who knows the token of that digest. DB_NONE: nobody
 * has it. The rows are walked by accounts_next(). */
struct accounts_entry {
	const char *user_id;
	const char *serial; /* hexadecimal */
	const char *profile;
	time_t not_before, not_after;
};
struct accounts_rows;
typedef void accounts_feed_fn(
    void *arg, enum db_rc rc, const char *locale, struct accounts_rows *rows);
/* False: there are no more. What it points to lives for the answer. */
bool accounts_next(struct accounts_rows *, struct accounts_entry *);
struct call *accounts_read_feed(struct accounts *, const struct digest *token,
    accounts_feed_fn *answer, void *arg);

/* Of a front, for whoever has the token of that digest (T3): another address,
 * which waits, is given up. `waited` is false where none does. */
typedef void accounts_stopped_fn(void *arg, enum db_rc rc, bool waited);
struct call *accounts_stop_email(struct accounts *, const struct digest *token,
    accounts_stopped_fn *stopped, void *arg);

typedef void accounts_done_fn(void *arg, enum db_rc rc);

/* A lock in PostgreSQL (R-LOCK-8), its notice and audit row. Repeatable. */
struct accounts_lock {
	int64_t account;
	unsigned number; /* of the lock, from 1 */
	time_t until;	 /* its end */
	bool block;	 /* it has none (R-LOCK-3) */
	/* For its mail, where it is known (db/attempts.h): of how many
	 * failures, else 0, and the last addresses of them, else "". */
	unsigned failures;
	const char *whence;
};
struct call *accounts_lock(struct accounts *, const struct accounts_lock *,
    accounts_done_fn *done, void *arg);

/* At which costs there are hashes (base/password.h), and that of today; as many
 * as there is room for. They live for the call. */
typedef void accounts_costs_fn(
    void *arg, enum db_rc rc, const struct password_costs *costs);
struct call *accounts_find_costs(
    struct accounts *, accounts_costs_fn *answer, void *arg);

/* The same password in another hash; nothing, if it is not `old` any more. */
struct call *accounts_rehash(struct accounts *, int64_t account,
    const char *old, const char *anew, accounts_done_fn *done, void *arg);

/*
 * The outbox row of a code (R-AUTH-1); holds the nonce, not the code.
 * DB_CONFLICT: the account was closed or blocked meanwhile.
 */
struct accounts_code {
	int64_t account;
	unsigned char nonce[CODE_NONCE_SIZE];
	time_t made_at;
	time_t dies_at;
	const char *address; /* of the client, told in the mail */
	unsigned char id[GRANT_CODE_ID_SIZE];
	struct digest digest; /* keyed (policy/code.h) */
};
struct call *accounts_mail_code(struct accounts *, const struct accounts_code *,
    accounts_done_fn *done, void *arg);

/* Has the mail of that code failed for good? */
typedef void accounts_failed_fn(void *arg, enum db_rc rc, bool failed);
struct call *accounts_code_failed(struct accounts *, int64_t account,
    const unsigned char id[GRANT_CODE_ID_SIZE], accounts_failed_fn *answer,
    void *arg);

/*
 * Was a code with that digest spent for that CSR? While the code lives the
 * ledger knows it, also when Redis has forgotten (I-6). `code_id` is NULL if
 * it was not.
 */
typedef void accounts_spent_fn(
    void *arg, enum db_rc rc, const unsigned char *code_id);
struct call *accounts_find_spent(struct accounts *, int64_t account,
    const struct digest *code, const struct digest *csr,
    accounts_spent_fn *answer, void *arg);

#endif
