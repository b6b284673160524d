/*
 * attempt - one attempt on its way, for the files of auth/ alone.
 *
 *	ASKED --> PASSED --> PROVED
 *
 * A question for which there is no memory (NULL) is heard at once, as one that
 * the store does not answer.
 *
 * The functions that hear a store (`on_x`) begin with attempt_hears() and end
 * with an answer or the next question: an answer may free the attempt. One
 * that ends before forgets what it has asked, so that who hears is there.
 */
#ifndef AUTH_ATTEMPT_H
#define AUTH_ATTEMPT_H

#include <sys/queue.h>

#include "auth/ladder.h"
#include "db/accounts.h"
#include "db/attempts.h"

enum attempt_stage {
	ATTEMPT_ASKED,	/* the password is looked at */
	ATTEMPT_PASSED, /* it is right; a place is held */
	ATTEMPT_PROVED, /* so is the code; the place is settled */
};

/* A door's question that has come. */
struct asked {
	struct ladder *ladder;
	void *door;
	uint64_t id; /* of the message */
	uint16_t kind;
};
void asked_answer(const struct asked *, struct ipc_head *answer, size_t bytes);

struct attempt {
	TAILQ_ENTRY(attempt) entry;
	struct ladder *ladder;
	void *door;
	struct auth_handle handle;
	int64_t end_us; /* of the handle */
	enum attempt_stage stage;
	/* Its door is through with it: nobody hears how it ends. */
	bool left;     /* a place that is being taken is given back */
	bool vanished; /* it goes on, and a right password ends as a failure */

	/* The door's open question, and who answers it. */
	struct asked open;
	void (*tell)(struct attempt *, enum auth_end);
	struct call *asked; /* of ours; NULL: it waits for the door */

	/* Who it is about. */
	enum auth_subject subject;
	/* The certificate that a code is mailed for; NULL: none is. */
	const struct profile *mails;
	/* What a voucher is for that is wanted, or shown; NULL: none is. */
	const struct profile *vouches;
	bool asks_anew, wants_voucher, for_session, alone, shows_voucher;
	struct voucher voucher;
	enum decide_operation operation;
	bool tells_hash;
	struct digest session; /* in the database */
	bool initial;	       /* the password to be made is a contract's */
	bool shows_certificate;
	struct serial serial;
	struct digest fingerprint;
	bool known;		 /* PostgreSQL has such a subject */
	bool closed;		 /* and says: not to be evaluated */
	bool locked;		 /* Redis says so */
	struct attempts_who who; /* of `name` */
	char name[AUTH_NAME_SIZE];
	char address[AUTH_ADDRESS_SIZE];
	struct facts_holder holder;
	bool taking; /* a place in Redis is being taken */
	bool place;  /* is taken, and not settled */
	/* PostgreSQL has to be told of this one. */
	bool lock_found;
	struct attempts_settled lock;

	/* What the answers are made of. */
	bool with_code, evaluated, again;
	unsigned retry_s;
	struct decision decision;
	struct auth_mailed mailed;
	time_t again_if_failed; /* its again_at, if that mail has failed */
	unsigned char recent[ATTEMPTS_OPERATION_SIZE]; /* the code of it */
	unsigned char nonce[CODE_NONCE_SIZE];
	/* Its code, what the grant is over, and whether it may be spent. */
	struct digest code;
	struct grant_subject wanted;
	bool spend;
	struct grant grant;
	unsigned tries_left;
	bool taken, same;

	/* Until it is looked at. */
	struct code_candidates candidates;
	char secret[AUTH_SECRET_SIZE];
	size_t secret_len;
};

struct ladder {
	struct ladder_options options;
	TAILQ_HEAD(attempt_list, attempt) attempts; /* the oldest first */
};

/* Those whose time is over vanish. */
void attempts_end_old(struct ladder *);

/* At ATTEMPT_ASKED, with an operation of its own; the ladder frees it. NULL:
 * no memory. */
struct attempt *attempt_new(const struct asked *, struct auth_handle);
/* The one of that door that is at that point, and waits for it; else NULL. */
struct attempt *attempt_at(
    const struct asked *, struct auth_handle, enum attempt_stage);
/* At whatever point. */
struct attempt *attempt_find(const struct asked *, struct auth_handle);
/* Ends it: nothing is settled or told, what was asked is forgotten. */
void attempt_drop(struct attempt *);

/* It has a question of its door, to be answered through `tell`. */
void attempt_open(struct attempt *, const struct asked *,
    void (*tell)(struct attempt *, enum auth_end));
/* A store's answer to a question of it has come. */
void attempt_hears(struct attempt *);
/* Answers the door: the attempt ends, a place that it holds is given back. */
void attempt_answer(struct attempt *, enum auth_end);
/* Answers AUTH_DONE: the attempt goes on at that stage. */
void attempt_go_on(struct attempt *, enum attempt_stage);

/* What was shown was right: nobody has guessed, its address gets back what it
 * was counted. */
void attempt_forgive(const struct attempt *);
/* The place becomes a failure, then it is refused. */
void attempt_fail(struct attempt *);
/* Its door is through with it: it ends, and a place is given back, or is as
 * soon as it is taken. */
void attempt_leave(struct attempt *);
/*
 * Its client has gone, or its door: what was begun goes to its end, so that
 * what is counted for long has cost an evaluation, and a place that is not
 * settled by then becomes a failure (F-02).
 */
void attempt_vanish(struct attempt *);

/* NULL: there is none of that name. */
const struct profile *ladder_profile(const struct ladder *, const char *name);

/* auth/password.c */
void take_password(const struct asked *, const struct auth_password *);
void attempt_vouch(struct attempt *);
/* auth/code.c */
/* Its password is right, and a code is wanted (`mails`). */
void attempt_mail(struct attempt *);
void take_code(const struct asked *, const struct auth_code *);
/* auth/registration.c */
void take_registration(const struct asked *, const struct auth_registration *);
/* auth/session.c, of no attempt: they end with their answer */
void take_make(const struct asked *, const struct auth_make *);
void take_settle(const struct asked *, const struct auth_settle *);
void take_prepare_email(
    const struct asked *, const struct auth_prepare_email *);
/* auth/email.c */
void take_confirm_email(
    const struct asked *, const struct auth_confirm_email *);

#endif
