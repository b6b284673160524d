/*
 * proofs - what PostgreSQL is asked about somebody who shows a password before
 * there is an account to go on with: a user at the command line, a contract
 * with its initial password; and how a session begins, or the account.
 *
 * Role:   koshin_auth, which alone reads hashes. Who acts in the session comes
 *         as koshin_member, with no more than its token.
 * Fails:  enum db_rc; DB_NONE is no answer but of proofs_confirm_email()
 *         (nobody is facts of zeros).
 *         DB_DOWN, and a log line, too when a row holds a word that is
 *         unknown (policy/facts.h).
 * Repeat: all of them may be sent twice.
 */
#ifndef DB_PROOFS_H
#define DB_PROOFS_H

#include <stdbool.h>

#include "base/call.h"
#include "base/digest.h"
#include "db/accounts.h"
#include "db/people_sql.h"
#include "policy/authority.h"
#include "policy/code.h"

struct event_base;
struct proofs;

/* `conninfo` must outlive it. */
struct proofs *proofs_open(struct event_base *, const char *conninfo);
/* Open questions are answered DB_DOWN first. NULL is fine. */
void proofs_close(struct proofs *);
bool proofs_up(const struct proofs *);
/* Nothing is open, not even what nobody waits for. */
bool proofs_idle(const struct proofs *);

/* The account: id, user ID, contract, role, hash, state, lock, and whether
 * the password is temporary; no certificates. */
struct call *proofs_find_account(struct proofs *, const char *user_id,
    accounts_holder_fn *answer, void *arg);
/* The contract, told as an account without id: `contract` is its number,
 * the hash that of its initial password (empty: used up), state and lock. */
struct call *proofs_find_contract(
    struct proofs *, const char *number, accounts_holder_fn *answer, void *arg);

/* R-LOCK-8, R-LOCK-7. The account in `lock` is not read for a contract. */
struct call *proofs_lock_account(struct proofs *,
    const struct accounts_lock *lock, accounts_done_fn *done, void *arg);
struct call *proofs_lock_contract(struct proofs *, const char *number,
    const struct accounts_lock *lock, accounts_done_fn *done, void *arg);

/*
 * A session, known by the SHA-256 of a token that the caller has made, for
 * `who` as it was found: its hash is the one that the password fitted. `open`
 * is false if it is another one meanwhile, or who may not be used. Where it is
 * a master, the limits are those of what the session may do. It ends by itself
 * after `lives_s`.
 */
typedef void proofs_opened_fn(void *arg, enum db_rc rc, bool open);
struct call *proofs_open_session(struct proofs *, const struct digest *token,
    const struct facts_account *who, const struct authority_limits *,
    unsigned lives_s, proofs_opened_fn *opened, void *arg);
/* Is it a master's or an operator's, who have somebody to give passwords to? */
struct call *proofs_may_give(struct proofs *, const struct digest *token,
    proofs_opened_fn *answer, void *arg);

/*
 * What a session has done to users and contracts, and Redis does not know yet,
 * one after the other: first it is found, then Redis is told (db/attempts.h),
 * then it is settled here.
 */
enum proofs_owes {
	PROOFS_NOTHING,
	PROOFS_CODE, /* the code that is outstanding dies */
	PROOFS_LIFT, /* failures and locks go, too */
};
struct proofs_owed {
	enum proofs_owes owes;
	const char *name; /* a user ID; lives for the call */
	bool contract;	  /* or the number of one */
};
typedef void proofs_owed_fn(
    void *arg, enum db_rc rc, const struct proofs_owed *);
struct call *proofs_find_owed(struct proofs *, const struct digest *token,
    proofs_owed_fn *answer, void *arg);
struct call *proofs_settle(struct proofs *, const struct digest *token,
    const char *name, bool contract, accounts_done_fn *done, void *arg);

/*
 * Another mail address waits (T3). That session, which is about to ask for
 * one, has by what the old one's owner may end that: a nonce for the mail,
 * digests of a code (keyed) and of the token of a link. `opened` is false where
 * there is no such session.
 */
struct proofs_email {
	unsigned char nonce[CODE_NONCE_SIZE];
	struct digest code, stop;
};
struct call *proofs_prepare_email(struct proofs *, const struct digest *token,
    const struct proofs_email *, proofs_opened_fn *opened, void *arg);
/* `right`: it is the code of the one that waits, which is the address now.
 * DB_NONE: none waits for a code. */
struct call *proofs_confirm_email(struct proofs *, int64_t account,
    const struct digest *code, proofs_opened_fn *right, void *arg);

/*
 * Who has shown a password at a door begins: with one of his own in the place
 * of the temporary one (R-ACC-7) or of his own (R-ACC-8), or as the master of
 * the contract (R-ACC-2), whose `contract` and `role` are not read. `account`
 * is 0 if the hash that was found is another one meanwhile, or may not be used;
 * DB_CONFLICT: the user ID is taken.
 */
typedef void proofs_begun_fn(void *arg, enum db_rc rc, int64_t account);
struct call *proofs_begin_account(struct proofs *,
    const struct facts_account *who, const char *hash, proofs_begun_fn *begun,
    void *arg);
struct call *proofs_begin_master(struct proofs *,
    const struct facts_account *contract,
    const struct people_sql_holder *master, const char *hash,
    proofs_begun_fn *begun, void *arg);

#endif
