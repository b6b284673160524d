/*
 * ask - who is there? Passwords, attempts and one-time codes, asked by every
 * door in the same way: EST, the pages, the command line.
 *
 *	auth_password --> refused
 *	      |
 *	   the facts ---> auth_mail: a code is on its way, or why not
 *	      |
 *	   auth_code ---> wrong
 *	      |
 *	   proved ------> auth_succeed: failures in a row are zero
 *
 * An attempt begins with a password. It is counted before it is looked at
 * (I-7), and what its door hears, and when, does not depend on whether such
 * an account exists (R-AUTH-4, I-15). The door then goes on by the handle of
 * the attempt. A refusal, a mail and a success end it; so do auth_leave() and
 * auth_vanish(), at any time. What is left alone ends when its place in
 * Redis does (ATTEMPTS_PLACE_LIFE_S, db/attempts.h), and is counted as a
 * failure there.
 *
 * Here `auth` is part of the process and of the thread that asks. Questions
 * and answers hold no pointer and have a ceiling, so that it can be another
 * process: then this file is what goes over the socket.
 *
 * Owns:   a copy of each question, wiped when the attempt ends. Answers live
 *         for the call.
 * Waits:  never; one question of an attempt at a time, each answered exactly
 *         once, later (base/call.h).
 * Fails:  enum auth_end. AUTH_DOWN permits nothing (R-LOCK-8); how the attempt
 *         ended is not known then.
 * Repeat: a question that was answered AUTH_DOWN is asked anew from the
 *         password on. A code and its request may come again in another
 *         attempt, and are answered alike (I-6).
 */
#ifndef AUTH_ASK_H
#define AUTH_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/call.h"
#include "base/secret.h"
#include "policy/code.h"
#include "policy/decide.h"
#include "policy/facts.h"
#include "policy/input.h"
#include "policy/profile.h"

#define AUTH_NAME_SIZE 256
#define AUTH_SECRET_SIZE 2048 /* more than a Basic header holds */
#define AUTH_ADDRESS_SIZE 64
#define AUTH_CODE_ID_SIZE 16

struct accounts;
struct attempts;
struct event_base;
struct pool;
struct pool_mailbox;
struct proofs;

struct auth;

/* What auth works with. What is pointed to must outlive it. */
struct auth_options {
	struct event_base *base;
	struct attempts *attempts; /* Redis */
	/* PostgreSQL: one of the two, the other NULL. */
	struct accounts *accounts; /* of a front: accounts, and code mails */
	struct proofs *proofs;	   /* of the command line: no code mails */
	struct pool *pool;	   /* Argon2id */
	struct pool_mailbox *mailbox;
	/* NULL beside proofs, where there are no codes: */
	const struct secret_key *code_key;
	const struct code_policy *code;
	const struct input_policy *input; /* how long a password may be */
	const struct profile *profiles;
	unsigned profiles_count;
};

struct auth *auth_open(const struct auth_options *);
/* Open questions are answered AUTH_DOWN first. NULL is fine. */
void auth_close(struct auth *);

/* Which attempt, among those of one door. Zero is none. */
struct auth_handle {
	uint64_t number;
};

/* How a question ended: one value per reaction of the door. */
enum auth_end {
	AUTH_DONE,	   /* as asked; the answer has the rest */
	AUTH_REFUSED,	   /* unknown, wrong, locked, closed: say no more */
	AUTH_NOT_ENTITLED, /* no code for that; `decision` says why */
	AUTH_THROTTLED,	   /* too much from that address; `retry_s` */
	AUTH_BUSY,	   /* too many at this moment for that account */
	AUTH_FULL,	   /* too many passwords wait; for all accounts */
	AUTH_DOWN,	   /* Redis or PostgreSQL cannot be asked */
	AUTH_GONE,	   /* no such attempt, or not at that point */
};

/* -------------------------------------------------------------- password */

/* Whose password it is. */
enum auth_subject {
	AUTH_NOBODY, /* no name and secret could be read: takes as long */
	AUTH_ACCOUNT,
	AUTH_CONTRACT, /* its initial password (R-ACC-2); beside proofs only */
};

struct auth_password {
	enum auth_subject subject;
	/* The last six characters may be a code; not beside proofs. */
	bool code_may_follow;
	bool tells_hash; /* the door changes the password that is shown */
	bool shows_certificate;
	/* of it; it goes into the facts if it is in the ledger */
	struct serial serial;
	struct digest fingerprint;
	char name[AUTH_NAME_SIZE]; /* as typed, with NUL */
	char secret[AUTH_SECRET_SIZE];
	size_t secret_len;
	/* numeric, of the client. Empty: not counted (R-AUTH-5); not for
	 * AUTH_NOBODY. */
	char address[AUTH_ADDRESS_SIZE];
};

struct auth_password_answer {
	enum auth_end end;
	bool with_code; /* AUTH_DONE: password and code, else password alone */
	bool evaluated; /* a secret took a place and was looked at (I-7) */
	unsigned retry_s; /* AUTH_THROTTLED */
	/* AUTH_DONE. The hash is there only where `tells_hash` asked for it.
	 * Of a contract: number, state and lock, and no id. */
	struct facts_holder holder;
};

typedef void auth_password_fn(void *arg, const struct auth_password_answer *);
/* `handle` is set before it returns. */
struct call *auth_password(struct auth *, const struct auth_password *,
    struct auth_handle *handle, auth_password_fn *answer, void *arg);

/* ------------------------------------------------------------------ mail */

struct auth_mail {
	struct auth_handle handle;
	enum decide_operation operation;
	char profile[PROFILE_NAME_MAX + 1];
};

/* AUTH_DONE: it has been queued, or one is out there and stays good. */
struct auth_mail_answer {
	enum auth_end end;
	struct decision decision; /* ALLOWED unless AUTH_NOT_ENTITLED */
};

typedef void auth_mail_fn(void *arg, const struct auth_mail_answer *);
/*
 * Mails a code, if the holder may have a certificate now (R-CERT-3, R-ACC-7).
 * Ends the attempt. Not beside proofs.
 */
struct call *auth_mail(
    struct auth *, const struct auth_mail *, auth_mail_fn *answer, void *arg);

/* ------------------------------------------------------------------ code */

struct auth_code {
	struct auth_handle handle;
	enum decide_operation operation;
	char profile[PROFILE_NAME_MAX + 1];
	char code[CODE_DIGITS]; /* what was shown; any bytes */
	struct digest csr_digest;
	/* The CSR is one that can be signed. Else a right code is told to be
	 * right, and is not spent. */
	bool good;
};

/* AUTH_DONE: the code is right; spent, if `good` and the decision allows. */
struct auth_code_answer {
	enum auth_end end;
	bool again; /* it was spent for this very CSR before (I-6) */
	unsigned char code_id[AUTH_CODE_ID_SIZE];
	struct decision decision;
};

typedef void auth_code_fn(void *arg, const struct auth_code_answer *);
/* Compares the code, and spends it for that CSR. Not beside proofs. */
struct call *auth_code(
    struct auth *, const struct auth_code *, auth_code_fn *answer, void *arg);

/* ------------------------------------------------------------------- end */

typedef void auth_done_fn(void *arg, enum auth_end);
/* After the certificate: failures and locks to zero (R-LOCK-4). */
struct call *auth_succeed(
    struct auth *, struct auth_handle, auth_done_fn *done, void *arg);

/*
 * The door is through with it, or waits no longer: a place that nobody has
 * settled is given back, counted neither as failure nor as success. A handle
 * that is none is fine. `done` may be NULL, and then so is the call.
 */
struct call *auth_leave(
    struct auth *, struct auth_handle, auth_done_fn *done, void *arg);
/* The client has gone before it was answered: it has made its attempt, and a
 * place that nobody has settled becomes a failure (F-02). */
void auth_vanish(struct auth *, struct auth_handle);

#endif
