/*
 * attempts - failures, locks, codes and address limits, in Redis: one Lua
 * script per change (db/scripts/), each repeatable by its operation id.
 *
 * The promise is I-7: an attempt takes a place *before* it is evaluated, and
 * there are only as many places as failures left until the lock. So a
 * thousand parallel guesses are evaluated exactly six times (R-LOCK-1). The
 * place is given back when the attempt turns out to be neither failure nor
 * success (a right password in step 1); it becomes a failure when nobody
 * settles it within PLACE_LIFE_S (auth has died, F-11).
 *
 * Unknown user IDs have counters as known ones do (I-15). Failures and locks
 * in a row stand for 30 days after the last one, those of a text that can be
 * no user ID for 2; a block of an account that PostgreSQL knows, for good.
 *
 * Order:  attempts_address, attempts_begin; when it says GO, exactly one of
 *         attempts_settle, attempts_new_code and attempts_spend; then
 *         attempts_mailed or attempts_succeed. When it says LOCKED,
 *         attempts_settle as neutral.
 * Fails:  DB_DOWN means refuse with 503 (R-LOCK-8). The answer that comes with
 *         it is there and permits nothing. It is DB_DOWN, too, when what is
 *         in Redis cannot be read (F-35), and when an operation settles that
 *         has no place: it was counted as a failure already, or Redis has
 *         lost its memory. Nobody learns then how the attempt ended.
 * Repeat: the same question of the same operation has the same answer for two
 *         minutes. Another question by an operation that has settled is
 *         DB_DOWN.
 */
#ifndef DB_ATTEMPTS_H
#define DB_ATTEMPTS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/call.h"
#include "db/rc.h"
#include "policy/code.h"
#include "policy/facts.h"
#include "policy/lock.h"

#define ATTEMPTS_OPERATION_SIZE 16
#define ATTEMPTS_PLACE_LIFE_S 60
#define ATTEMPTS_WHENCE_SIZE 160 /* three addresses */

struct attempts;
struct redis;

struct attempts_policy {
	struct lock_policy lock;
	struct code_policy code;
	unsigned address_limit;	   /* attempts of one address in the window */
	unsigned address_window_s; /* 60 */
};

/*
 * `redis` must outlive it, and answers what is open when it is closed. The
 * policy is copied.
 */
struct attempts *attempts_new(struct redis *, const struct attempts_policy *);
void attempts_free(struct attempts *);
/* Redis is there, as far as is known. */
bool attempts_up(const struct attempts *);

/* Who tries: the same for all questions of one request. */
struct attempts_who {
	const char *user_id; /* as typed, any text; or the contract number */
	/* Of a contract (R-LOCK-7): its counters are its own, and whoever types
	 * its number as a user ID moves none of them (A12). */
	bool contract;
	unsigned char operation[ATTEMPTS_OPERATION_SIZE]; /* random */
	const char *address; /* numeric: whence a failure came; or NULL */
};

/*
 * Address limits stand in front of account counters (R-AUTH-5). `address` is
 * numeric; an IPv6 network of 64 bits counts as one.
 */
struct attempts_address_answer {
	bool allowed;
	unsigned retry_s; /* when not */
};
typedef void attempts_address_fn(
    void *arg, enum db_rc rc, const struct attempts_address_answer *);
struct call *attempts_address(struct attempts *, const char *address,
    attempts_address_fn *answer, void *arg);
/* Of an attempt that was no failure, once: an office behind one address is not
 * limited in what it does rightly (C-27). */
typedef void attempts_done_fn(void *arg, enum db_rc rc);
struct call *attempts_address_back(
    struct attempts *, const char *address, attempts_done_fn *done, void *arg);

enum attempts_begin {
	ATTEMPTS_GO,	 /* a place was taken: evaluate, then settle */
	ATTEMPTS_LOCKED, /* so too, but not to be evaluated: it is neutral */
	ATTEMPTS_BUSY,	 /* all places are taken at this moment */
};
struct attempts_begin_answer {
	enum attempts_begin begin;
	/* ATTEMPTS_LOCKED: what PostgreSQL must know too (read repair). It may
	 * be a lock that nobody was told of: places that were never settled
	 * lock when the next one begins. */
	unsigned lock_number;
	time_t locked_until;
	bool blocked;
};
typedef void attempts_begin_fn(
    void *arg, enum db_rc rc, const struct attempts_begin_answer *);
/*
 * `locks` is the number of locks in a row that PostgreSQL knows: Redis never
 * counts below it, so that its loss does not shorten the ladder (R-LOCK-8).
 */
struct call *attempts_begin(struct attempts *, const struct attempts_who *,
    unsigned locks, attempts_begin_fn *answer, void *arg);

/* How an attempt ended that did not come to a code. */
enum attempts_outcome {
	ATTEMPTS_FAILED,  /* counts */
	ATTEMPTS_NEUTRAL, /* gives the place back, moves nothing */
};
/* A failure that was the last one locks (R-LOCK-1) and kills the code. */
struct attempts_settled {
	bool locked_now;
	unsigned lock_number; /* from 1 */
	time_t locked_until;
	bool blocked;			   /* without end (R-LOCK-3) */
	unsigned failures;		   /* that have led to it, */
	char whence[ATTEMPTS_WHENCE_SIZE]; /* and the last addresses of them,
					    * with blanks between */
};
typedef void attempts_settled_fn(
    void *arg, enum db_rc rc, const struct attempts_settled *);
struct call *attempts_settle(struct attempts *, const struct attempts_who *,
    enum attempts_outcome, attempts_settled_fn *answer, void *arg);

/* Step 1: a code is wanted; `anew`: also while one is out that was mailed
 * longer ago than spacing_s. Settles the attempt as neutral. */
enum attempts_mail {
	ATTEMPTS_MAIL_NEW,    /* stored; mail it, then attempts_mailed() */
	ATTEMPTS_MAIL_RECENT, /* a code was mailed and stays valid */
	ATTEMPTS_MAIL_LIMIT,  /* none is valid, nor is one mailed (R-AUTH-5) */
};
struct attempts_mail_answer {
	enum attempts_mail mail;
	/* The code that is valid; not of LIMIT. */
	time_t born;
	unsigned char code_id[ATTEMPTS_OPERATION_SIZE];
	/* When there may be another one; if its mail has failed. */
	time_t again, again_if_failed;
};
typedef void attempts_mail_fn(
    void *arg, enum db_rc rc, const struct attempts_mail_answer *);
struct call *attempts_new_code(struct attempts *, const struct attempts_who *,
    const struct digest *digest, bool anew, attempts_mail_fn *answer,
    void *arg);
/* The outbox row is committed. Without it the code does not hold back the
 * next one for resend_after_s, only for spacing_s (F-12). */
struct call *attempts_mailed(struct attempts *, const struct attempts_who *,
    attempts_done_fn *done, void *arg);

/*
 * Step 2, in one script: compares the code; wrong: counts the failure (and
 * locks); right: binds it to this CSR when `spend` is set, so that it is good
 * for this CSR only (I-6), and settles as neutral. With `spend` unset (the
 * CSR is bad, or the holder is not entitled) a right code stays unspent.
 */
enum attempts_code {
	ATTEMPTS_CODE_WRONG, /* or late, or none, or bound to another CSR */
	ATTEMPTS_CODE_RIGHT, /* bound by this call, or left unspent */
	ATTEMPTS_CODE_AGAIN, /* was bound to this very CSR before */
};
struct attempts_code_answer {
	enum attempts_code code;
	/* Which code it was, for ever: the operation that made it. The ledger
	 * takes each one for one certificate only (F-29). */
	unsigned char code_id[ATTEMPTS_OPERATION_SIZE];
	/* Of ATTEMPTS_CODE_WRONG; so many more until the lock, 0 with it. */
	unsigned tries_left;
	struct attempts_settled settled;
};
typedef void attempts_code_fn(
    void *arg, enum db_rc rc, const struct attempts_code_answer *);
struct call *attempts_spend(struct attempts *, const struct attempts_who *,
    const struct digest *code_digest, const struct digest *csr_digest,
    bool spend, attempts_code_fn *answer, void *arg);

/* Complete success: failures and locks to zero (R-LOCK-4). */
struct call *attempts_succeed(struct attempts *, const struct attempts_who *,
    attempts_done_fn *done, void *arg);

/*
 * Somebody with authority lifts a lock or block (R-LOCK-6). First here, then in
 * PostgreSQL: the other way round an attempt in between would carry the lock
 * back (read repair). What was lifted there before is settled there after this
 * (db/proofs.h). Safe to repeat.
 */
struct call *attempts_lift(struct attempts *, const struct attempts_who *,
    attempts_done_fn *done, void *arg);

/*
 * The password or the address has changed: the code that is outstanding dies
 * (O-09). db/people_sql.h says when. Safe to repeat.
 */
struct call *attempts_drop_code(struct attempts *, const struct attempts_who *,
    attempts_done_fn *done, void *arg);
/* Nobody got the mail of that code (C-24): it dies, and no other that has come
 * in its place meanwhile. Safe to repeat. */
struct call *attempts_drop_failed(struct attempts *,
    const struct attempts_who *,
    const unsigned char code_id[ATTEMPTS_OPERATION_SIZE],
    attempts_done_fn *done, void *arg);

#endif
