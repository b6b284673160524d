/*
 * desk_ask - what the command line asks auth, so that who works there need
 * read no pepper and no hash: "hash this password", and "is this the password
 * of that user, or of that contract? Then begin a session for this token".
 *
 * It goes over a socket of its own, service.run/desk.sock, which belongs to
 * `service.operator` and is heard from that user alone: what a front connects
 * to (auth/ask.h) hashes for nobody (T8). A password that is proved here is an
 * attempt as any, counted with those over EST (R-LOCK-1, R-LOCK-7); no hash
 * comes back, and auth never has the token, only its digest.
 *
 * Owns:   a copy of each question, wiped when it is answered.
 * Waits:  never; answers come in any order, each once.
 * Fails:  enum desk_end, DESK_NOBODY where there is no answer.
 * Repeat: a hash is made anew, with its own salt; a proof is another attempt.
 */
#ifndef AUTH_DESK_ASK_H
#define AUTH_DESK_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/ask.h"
#include "base/digest.h"
#include "base/ipc_client.h"
#include "base/password.h"
#include "policy/facts.h"

#define DESK_SOCKET "desk.sock" /* in service.run */
#define DESK_SECRET_SIZE 256	/* of a password with its NUL */

struct event_base;

/* A command's end. NULL: the path is too long. ipc_client_close() closes. */
struct ipc_client *desk_connect(struct event_base *, const char *socket_path);

#define DESK_VERSION 2 /* of what crosses */

enum desk_kind {
	DESK_KIND_HASH = 1,
	DESK_KIND_PROVE,
};

enum desk_end {
	DESK_DONE,
	DESK_FULL,   /* as many wait as may: ask again, a little later */
	DESK_FAILED, /* no memory for it; or, of a proof, a store was silent */
	/* of a proof alone */
	DESK_REFUSED,	  /* unknown, wrong, locked, closed: say no more */
	DESK_BUSY,	  /* too many at this moment for that account */
	DESK_CHANGED,	  /* it was right, and has just changed */
	DESK_NO_REDIS,	  /* nothing is permitted without it (R-LOCK-8) */
	DESK_NO_DATABASE, /* nor without PostgreSQL */
	/* never sent */
	DESK_NOBODY, /* auth does not run here, or not for this user */
	DESK_ENDS = DESK_NOBODY,
};

struct desk_hash {
	struct ipc_head head;
	size_t secret_len;
	char secret[DESK_SECRET_SIZE]; /* sent as far as it is filled */
};

struct desk_hashed {
	struct ipc_head head;
	enum desk_end end;
	char hash[PASSWORD_HASH_SIZE]; /* DESK_DONE */
};

struct desk_prove {
	struct ipc_head head;
	enum auth_subject subject; /* AUTH_ACCOUNT or AUTH_CONTRACT */
	char name[AUTH_NAME_SIZE]; /* as typed, with NUL */
	struct digest token;	   /* SHA-256 of the token of the session */
	size_t secret_len;
	char secret[DESK_SECRET_SIZE]; /* sent as far as it is filled */
};

/* DESK_DONE: whose it is, without the hash; of a contract its number alone. */
struct desk_proved {
	struct ipc_head head;
	enum desk_end end;
	struct facts_account account;
};

/* `password` is copied, and has at most DESK_SECRET_SIZE bytes. */
struct call *desk_ask_hash(struct ipc_client *, const char *password,
    size_t len, ipc_answer_fn *answer, void *arg);
/* The question is filled in but for its head. */
struct call *desk_ask_proof(
    struct ipc_client *, struct desk_prove *, ipc_answer_fn *answer, void *arg);

/* What an ipc_answer_fn has heard; DESK_NOBODY where that is NULL. */
const struct desk_hashed *desk_hashed_of(const struct ipc_head *);
const struct desk_proved *desk_proved_of(const struct ipc_head *);

/* What auth believes of a question, and who asks of an answer. */
bool desk_question_good(const struct ipc_head *, size_t bytes);
bool desk_answer_good(const struct ipc_head *, size_t bytes);

#endif
