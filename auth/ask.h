/*
 * ask - who is there? Passwords, attempts and one-time codes, asked by every
 * door in the same way: EST, the pages, the command line.
 *
 *	auth_password --> refused
 *	      |	    \---> the password alone: a code is on its way, or why not
 *	   the facts ---> auth_register: an account begins
 *	      |	    \---> auth_confirm_email: it has another address
 *	      |
 *	   auth_code ---> wrong
 *	      |
 *	   proved ------> auth_succeed: failures in a row are zero
 *
 *	a session of the member area --> auth_make_password, auth_settle,
 *	      auth_prepare_email
 *
 * An attempt begins with a password. It is counted before it is looked at
 * (I-7), and what its door hears, and when, does not depend on whether such
 * an account exists (R-AUTH-4, I-15). The door then goes on by the handle of
 * the attempt. A refusal, a mail, a registration and a success end it; so do
 * auth_leave() and auth_vanish(), at any time. What its door leaves alone has
 * vanished when its place in Redis ends (ATTEMPTS_PLACE_LIFE_S, db/attempts.h).
 *
 * What is asked goes over a socket to the process `auth` (auth/ladder.h): each
 * question below is a message, and so is each answer (base/ipc_client.h).
 *
 * Owns:   a copy of each question, wiped when it has its answer. Answers live
 *         for the call.
 * Waits:  never; one question of an attempt at a time, each answered exactly
 *         once, later (base/call.h).
 *         A process that stands still is given up after two seconds.
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

#include "base/ipc_client.h"
#include "base/password.h"
#include "base/secret.h"
#include "policy/code.h"
#include "policy/decide.h"
#include "policy/facts.h"
#include "policy/grant.h"
#include "policy/input.h"
#include "policy/profile.h"
#include "policy/voucher.h"

#define AUTH_NAME_SIZE 256
#define AUTH_SECRET_SIZE 2048 /* more than a Basic header holds */
#define AUTH_ADDRESS_SIZE 64

struct event_base;

/* A door's end; connects to the socket of auth and reconnects. NULL: the path
 * is too long. Close it with ipc_client_close(). */
struct ipc_client *auth_connect(struct event_base *, const char *socket_path);

#define AUTH_VERSION 6 /* of what crosses */

enum auth_kind {
	AUTH_KIND_PASSWORD = 1,
	AUTH_KIND_CODE,
	AUTH_KIND_REGISTER,
	AUTH_KIND_SUCCEED,
	AUTH_KIND_LEAVE,      /* is answered */
	AUTH_KIND_LEAVE_SAID, /* is not */
	AUTH_KIND_VANISH,     /* is not */
	AUTH_KIND_MAKE,
	AUTH_KIND_SETTLE,
	AUTH_KIND_PREPARE_EMAIL,
	AUTH_KIND_CONFIRM_EMAIL,
};

/* Which attempt, among those of one door, which numbers them. Zero is none. */
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
	AUTH_DOWN,	   /* Redis, PostgreSQL or memory is not there */
	AUTH_GONE,	   /* no such attempt, or not at that point */
};

/* -------------------------------------------------------------- password */

/* Whose password it is. */
enum auth_subject {
	AUTH_NOBODY, /* no name and secret could be read: takes as long */
	AUTH_ACCOUNT,
	AUTH_CONTRACT, /* its initial password (R-ACC-2); no code is its own */
};

struct auth_password {
	struct ipc_head head;	   /* filled in by auth_password() */
	struct auth_handle handle; /* and this */
	enum auth_subject subject;
	/* The last six characters may be a code; not beside proofs. */
	bool code_may_follow;
	/* What is a password alone is the first step: a code is mailed for a
	 * certificate of that profile, if its holder may have one now
	 * (R-CERT-3, R-ACC-7), and the attempt ends. Not beside proofs. */
	bool mails_code;
	/* A code that is out does not hold back the next one, but for R-AUTH-5:
	 * who asks is a person, not a program that repeats itself. */
	bool asks_anew;
	/* For a right password `voucher` of the answer is good in its place for
	 * that operation and profile, as long as a code lives. */
	bool wants_voucher;
	/* It is good for as long as a session of the member area may last; so
	 * is the one that comes with another password (auth_register). A
	 * session in the database begins beside it, under `session`, for as
	 * long (docs/decisions/0059), where the password is one's own. Beside a
	 * certificate only, and not for the mail of a code. */
	bool for_session;
	/* The password is all that is wanted: the attempt ends with it, and
	 * clears no failures (R-LOCK-4). Not beside proofs. */
	bool alone;
	/* Such a one is shown, and no secret: nothing is hashed, all else is
	 * as it is for a password. Neither beside proofs. */
	bool shows_voucher;
	struct voucher voucher;
	enum decide_operation operation;
	char profile[PROFILE_NAME_MAX + 1];
	/* The door changes the password that is shown; beside proofs only. */
	bool tells_hash;
	struct digest session; /* SHA-256 of a token that the door has made */
	bool shows_certificate;
	/* of it; it goes into the facts if it is in the ledger */
	struct serial serial;
	struct digest fingerprint;
	char name[AUTH_NAME_SIZE]; /* as typed, with NUL */
	/* numeric, of the client. Empty: not counted (R-AUTH-5). */
	char address[AUTH_ADDRESS_SIZE];
	size_t secret_len;
	char secret[AUTH_SECRET_SIZE]; /* sent as far as it is filled */
};

/* What has become of the mail of a code. */
enum auth_mail_outcome {
	AUTH_MAIL_QUEUED, /* a new code is on its way */
	AUTH_MAIL_RECENT, /* none is: one that was mailed before stays good */
	AUTH_MAIL_HELD,	  /* none is, nor is one good: R-AUTH-5 */
	AUTH_MAIL_FAILED, /* none is: the last one was not to be delivered */
};

struct auth_mailed {
	enum auth_mail_outcome outcome;
	time_t made_at, dies_at; /* of the code that is good, or failed */
	time_t again_at;	 /* from then on another one can be had */
};

struct auth_password_answer {
	struct ipc_head head;
	/* AUTH_DONE with `mails_code` and without a code: see `mailed`.
	 * AUTH_NOT_ENTITLED for a temporary password has a voucher too, with
	 * which it is replaced. */
	enum auth_end end;
	bool with_code; /* AUTH_DONE: password and code, else password alone */
	bool evaluated; /* a secret took a place and was looked at (I-7) */
	unsigned retry_s;	  /* AUTH_THROTTLED */
	struct decision decision; /* ALLOWED unless AUTH_NOT_ENTITLED */
	struct auth_mailed mailed;
	struct voucher voucher; /* where it was wanted, for a right password */
	/* Once the password was right, however it ended. The hash is there only
	 * where `tells_hash` asked for it, the whole mail address beside
	 * proofs. Of a contract: number, state and lock, and no id. */
	struct facts_holder holder;
};

/* `handle` is set before it returns. */
struct call *auth_password(struct ipc_client *, struct auth_password *,
    struct auth_handle *handle, ipc_answer_fn *answer, void *arg);

/* ------------------------------------------------------------------ code */

struct auth_code {
	struct ipc_head head; /* filled in by auth_code() */
	struct auth_handle handle;
	enum decide_operation operation;
	char profile[PROFILE_NAME_MAX + 1];
	char code[CODE_DIGITS]; /* what was shown; any bytes */
	struct digest csr_digest;
	struct digest key_digest; /* of its SubjectPublicKeyInfo */
	struct serial presented;  /* zero: none */
	/* The CSR is one that can be signed. Else a right code is told to be
	 * right, and is not spent. */
	bool good;
};

/* AUTH_DONE: the code is right; spent, and `grant` is for the issuer, if
 * `good` and the decision allows. */
struct auth_code_answer {
	struct ipc_head head;
	enum auth_end end;
	bool again; /* it was spent for this very CSR before (I-6) */
	/* AUTH_REFUSED: so many more until the lock; 0: it is locked now. */
	unsigned tries_left;
	struct grant grant;
	struct decision decision;
};

/* Compares the code, and spends it for that CSR. Not beside proofs. */
struct call *auth_code(
    struct ipc_client *, struct auth_code *, ipc_answer_fn *answer, void *arg);

/* ---------------------------------------------------------- registration */

#define AUTH_PERSON_NAME_SIZE (4 * INPUT_NAME_MAX + 1) /* UTF-8 */
#define AUTH_LOCALE_SIZE 3

/*
 * Whose password was right begins, in the same attempt: a user with one of his
 * own in the place of a temporary one (R-ACC-7), a contract with its master
 * (R-ACC-2). Or he takes another one in the place of his own (R-ACC-8): not by
 * a voucher, and beside a good certificate of his alone (T3). All is judged by
 * policy/input, and what is not good is AUTH_GONE: the door has told so before.
 */
struct auth_registration {
	struct ipc_head head; /* filled in by auth_register() */
	struct auth_handle handle;
	/* Of a master alone; else they are empty. */
	char user_id[INPUT_USER_ID_MAX + 1];
	char name[AUTH_PERSON_NAME_SIZE];
	char email[INPUT_EMAIL_MAX + 1];
	char locale[AUTH_LOCALE_SIZE];
	size_t secret_len;		     /* the new password */
	char secret[INPUT_PASSWORD_CEILING]; /* sent as far as it is filled */
};

/* AUTH_DONE: it stands, or `taken`, or `same`. */
struct auth_registration_answer {
	struct ipc_head head;
	/* AUTH_REFUSED: what was proved does not hold any more. */
	enum auth_end end;
	bool taken; /* the user ID is somebody's (R-ACC-3) */
	bool same;  /* the new password is the old one */
	/* In the place of the new password, if one was shown for the old, or
	 * for a session. */
	struct voucher voucher;
};

/* Ends the attempt. */
struct call *auth_register(struct ipc_client *, struct auth_registration *,
    ipc_answer_fn *answer, void *arg);

/* ------------------------------ of a session of a master or an operator */

/*
 * A password that is given to somebody else (R-ACC-7), and its hash, for
 * koshin_member to put in place: auth makes both, so that nobody has a password
 * of his own choice hashed (T8).
 */
struct auth_make {
	struct ipc_head head; /* filled in by auth_make_password() */
	struct auth_handle handle;
	struct digest session; /* that of auth_password */
	bool initial;	       /* of a contract (R-ACC-1) */
};

struct auth_made {
	struct ipc_head head;
	enum auth_end end; /* AUTH_GONE: there is no such session */
	char password[INPUT_PASSWORD_CEILING + 1];
	char hash[PASSWORD_HASH_SIZE];
};

/* The answer is a struct auth_made. */
struct call *auth_make_password(
    struct ipc_client *, struct auth_make *, ipc_answer_fn *answer, void *arg);

/*
 * After a change of a user or a contract that the session has made in the
 * database: Redis follows. What there is to be done, and to whom, the database
 * says (koshin.owed), so that a front that was taken over (T8) lifts nothing
 * that was not lifted there.
 */
struct auth_settle {
	struct ipc_head head; /* filled in by auth_settle() */
	struct auth_handle handle;
	struct digest session;
};

/* The answer is a struct auth_end_answer: AUTH_DONE, also where there is
 * nothing to be done, or AUTH_DOWN. */
struct call *auth_settle(struct ipc_client *, struct auth_settle *,
    ipc_answer_fn *answer, void *arg);

/* ------------------------------------------- another mail address (T3) */

/*
 * Before a session asks the database for another address, which waits: auth
 * makes the code for which it does so no longer, and the token of the link that
 * ends it. Both are in the mail to the address of today alone, and known by
 * their digests to the database, which takes them out of the session.
 */
struct auth_prepare_email {
	struct ipc_head head; /* filled in by auth_prepare_email() */
	struct auth_handle handle;
	struct digest session;	   /* that of auth_password */
	char name[AUTH_NAME_SIZE]; /* whose it is; else no code fits */
};

/* The answer is a struct auth_end_answer; AUTH_GONE: no such session. */
struct call *auth_prepare_email(struct ipc_client *,
    struct auth_prepare_email *, ipc_answer_fn *answer, void *arg);

/* That code, in an attempt as of any: counted, and locked in the end. */
struct auth_confirm_email {
	struct ipc_head head; /* filled in by auth_confirm_email() */
	struct auth_handle handle;
	char code[CODE_EMAIL_DIGITS]; /* what was shown; any bytes */
};

/* AUTH_DONE: it is the address now. AUTH_NOT_ENTITLED: none waits for a code;
 * nothing was counted. */
struct auth_confirm_email_answer {
	struct ipc_head head;
	enum auth_end end;
	bool locked; /* AUTH_REFUSED: with this one */
};

/* Ends the attempt. */
struct call *auth_confirm_email(struct ipc_client *,
    struct auth_confirm_email *, ipc_answer_fn *answer, void *arg);

/* ------------------------------------------------------------------- end */

struct auth_succeed {
	struct ipc_head head; /* filled in by auth_succeed() */
	struct auth_handle handle;
	struct serial serial;  /* of the certificate */
	struct digest receipt; /* the issuer's, for this attempt's grant */
};

/* Of AUTH_KIND_LEAVE, _LEAVE_SAID and _VANISH. */
struct auth_end_question {
	struct ipc_head head;
	struct auth_handle handle;
};

struct auth_end_answer {
	struct ipc_head head;
	enum auth_end end;
};

/* After the certificate: failures and locks to zero (R-LOCK-4), for a receipt
 * alone; without one AUTH_REFUSED. Ends the attempt. */
struct call *auth_succeed(
    struct ipc_client *, struct auth_succeed *, ipc_answer_fn *done, void *arg);

/*
 * The door is through with it, or waits no longer: a place that nobody has
 * settled is given back, counted neither as failure nor as success; so is one
 * that is being taken. A handle that is none is fine.
 */
void auth_leave(struct ipc_client *, struct auth_handle);
/* The client has gone before it was answered: it has made its attempt, which
 * goes on to its end, and a place that is not settled by then becomes a failure
 * (F-02). So it is when the door itself is gone. */
void auth_vanish(struct ipc_client *, struct auth_handle);

/* ----------------------------------------------------------- the messages */

union auth_answer {
	struct ipc_head head;
	struct auth_password_answer password;
	struct auth_code_answer code;
	struct auth_registration_answer registration;
	struct auth_made made;
	struct auth_confirm_email_answer email;
	struct auth_end_answer end;
};

/* What auth believes of a door's question: kinds, sizes, ranges, texts that
 * end. */
bool auth_question_good(const struct ipc_head *, size_t bytes);
/* And a door of auth's answer: it may have been taken over, too. */
bool auth_answer_good(const struct ipc_head *, size_t bytes);

/* What an ipc_answer_fn has heard; AUTH_DOWN where that is NULL. */
const struct auth_password_answer *auth_password_answer_of(
    const struct ipc_head *);
const struct auth_code_answer *auth_code_answer_of(const struct ipc_head *);
const struct auth_registration_answer *auth_registration_answer_of(
    const struct ipc_head *);
const struct auth_made *auth_made_of(const struct ipc_head *);
const struct auth_confirm_email_answer *auth_confirm_email_answer_of(
    const struct ipc_head *);
const struct auth_end_answer *auth_end_answer_of(const struct ipc_head *);

#endif
