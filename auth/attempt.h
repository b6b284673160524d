/*
 * attempt - one attempt on its way, for the files of auth/ alone.
 *
 *	ASKED --> PASSED --> PROVED
 *
 * The functions that hear a store (`on_x`) begin with attempt_hears() and end
 * with an answer or the next question: an answer may free the attempt.
 */
#ifndef AUTH_ATTEMPT_H
#define AUTH_ATTEMPT_H

#include <sys/queue.h>

#include "auth/ask.h"
#include "db/accounts.h"
#include "db/attempts.h"

enum attempt_stage {
	ATTEMPT_ASKED,	/* the password is looked at */
	ATTEMPT_PASSED, /* it is right; a place is held */
	ATTEMPT_PROVED, /* so is the code; the place is settled */
};

struct attempt {
	struct call call; /* of the door's open question */
	TAILQ_ENTRY(attempt) entry;
	struct auth *auth;
	struct auth_handle handle;
	int64_t end_us; /* of the handle */
	enum attempt_stage stage;

	/* The door's open question: who hears the answer, in `tell`. */
	void (*tell)(struct attempt *, enum auth_end);
	union {
		auth_password_fn *password;
		auth_mail_fn *mail;
		auth_code_fn *code;
		auth_done_fn *done;
	} fn;
	void *arg;
	struct call *asked;	  /* of ours; NULL: it waits for the door */
	struct loop_timer *later; /* an answer that needs no question */
	enum auth_end later_end;

	/* Who it is about. */
	enum auth_subject subject;
	bool tells_hash;
	bool shows_certificate;
	struct serial serial;
	struct digest fingerprint;
	bool known;		 /* PostgreSQL has such a subject */
	bool closed;		 /* and says: not to be evaluated */
	struct attempts_who who; /* of `name` */
	char name[AUTH_NAME_SIZE];
	char address[AUTH_ADDRESS_SIZE];
	struct facts_holder holder;
	bool place; /* taken in Redis, and not settled */
	/* PostgreSQL has to be told of this one. */
	bool lock_found;
	struct attempts_settled lock;

	/* What the answers are made of. */
	bool with_code, evaluated, again;
	unsigned retry_s;
	struct decision decision;
	unsigned char nonce[CODE_NONCE_SIZE];
	unsigned char code_id[AUTH_CODE_ID_SIZE];

	/* Until it is looked at. */
	struct code_candidates candidates;
	char secret[AUTH_SECRET_SIZE];
	size_t secret_len;
};

struct auth {
	struct auth_options options;
	TAILQ_HEAD(, attempt) attempts; /* the oldest first */
	uint64_t last;			/* handle given */
};

/* A new one, its question open. Those whose time is over end here. */
struct attempt *attempt_new(struct auth *);
/* The one that is at that point; NULL if there is none. */
struct attempt *attempt_at(
    struct auth *, struct auth_handle, enum attempt_stage);
/* At whatever point; NULL if there is none. */
struct attempt *attempt_find(struct auth *, struct auth_handle);
/* One that only has that answer to give; set `tell`, `fn`, `arg`. */
struct attempt *attempt_later(struct auth *, enum auth_end);
/* Ends it: nothing is settled or told, what was asked is forgotten. */
void attempt_drop(struct attempt *);

/* An answer has come. False: its door has gone, and so has the attempt. */
bool attempt_hears(struct attempt *);
/* Answers the door: the attempt ends, a place that it holds is given back. */
void attempt_answer(struct attempt *, enum auth_end);
/* Answers AUTH_DONE: the attempt goes on at that stage. */
void attempt_go_on(struct attempt *, enum attempt_stage);

/* The place is settled as neutral; nobody waits for it. */
void attempt_give_back(struct attempt *);

#endif
