#include "cli/proof.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "auth/desk_ask.h"
#include "auth/prover.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/pool.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "cli/counters.h"
#include "db/proofs.h"

#define LOOK_MS 5

/* What a loop works for: one question, and its answer. */
struct proving {
	struct session *session;
	struct event_base *base;
	struct desk_prove question;
	enum desk_end end;
	struct facts_account account; /* who it is, once proved */
	/* where auth does not run */
	struct proofs *proofs;
	struct pool *pool;
	struct password_costs costs;
	struct pool_mailbox *mailbox;
	struct prover *prover;
	int64_t wait_end_us; /* when to give up on a store */
};

static void
take_answer(struct proving *p, const struct desk_proved *answer)
{
	p->end = answer->end;
	p->account = answer->account;
}

/* ------------------------------------------------------------ where auth is */

static void
on_proved(void *arg, const struct ipc_head *head)
{
	struct proving *p = arg;

	take_answer(p, desk_proved_of(head));
	event_base_loopbreak(p->base);
}

static void
ask_auth(struct proving *p)
{
	struct desk *desk = p->session->desk;

	p->base = desk_base(desk);
	xalloc_made(
	    desk_ask_proof(desk_auth(desk), &p->question, on_proved, p));
	event_base_dispatch(p->base);
}

/* ------------------------------------------------------ where there is none */

/* What nobody waited for, a lock above all, goes out before we do. */
static void
finish(void *arg)
{
	struct proving *p = arg;

	if (proofs_idle(p->proofs))
		event_base_loopbreak(p->base);
	else
		loop_after(p->base, LOOK_MS, finish, p);
}

static void
on_answer(void *asker, struct ipc_head *message, size_t bytes)
{
	(void)bytes;
	take_answer(asker, desk_proved_of(message));
	finish(asker);
}

static void
ask(struct proving *p)
{
	struct desk_prove *q = &p->question;

	q->head.kind = DESK_KIND_PROVE;
	if (!prover_take(p->prover, p, &q->head,
		offsetof(struct desk_prove, secret) + q->secret_len))
		event_base_loopbreak(p->base);
}

/* The connections may not be up yet. */
static void
look(void *arg)
{
	struct proving *p = arg;
	bool redis = counters_up(p->session->counters);

	if (redis && proofs_up(p->proofs)) {
		ask(p);
	} else if (clock_mono_us() < p->wait_end_us) {
		loop_after(p->base, LOOK_MS, look, p);
	} else {
		p->end = redis ? DESK_NO_DATABASE : DESK_NO_REDIS;
		event_base_loopbreak(p->base);
	}
}

static void
open_prover(struct proving *p)
{
	struct session *d = p->session;

	p->base = counters_base(d->counters);
	p->proofs = proofs_open(p->base, d->config->database.auth);
	p->pool = pool_new(1, 1);
	p->mailbox = pool_mailbox_new(p->base);
	p->costs = password_costs_now();
	p->prover = prover_open(&(struct prover_options){
	    .ladder = { .attempts = counters_attempts(d->counters),
		.proofs = p->proofs,
		.pool = p->pool,
		.costs = &p->costs,
		.mailbox = p->mailbox },
	    .limits = d->config->policy.limits,
	    .answer = on_answer,
	});
	if (p->pool == NULL || p->mailbox == NULL || p->prover == NULL)
		xalloc_failed();
}

static void
close_prover(struct proving *p)
{
	prover_close(p->prover);
	pool_free(p->pool);
	pool_mailbox_free(p->mailbox);
	proofs_close(p->proofs);
}

/* False: it has been said. */
static bool
prove_here(struct proving *p)
{
	struct session *d = p->session;

	if (d->counters == NULL)
		d->counters = counters_open(d->config);
	if (d->counters == NULL)
		return false;
	open_prover(p);
	p->wait_end_us = clock_mono_us() + (int64_t)COUNTERS_WAIT_MS * 1000;
	p->end = DESK_FAILED;
	loop_after(p->base, 0, look, p);
	event_base_dispatch(p->base);
	close_prover(p);
	return true;
}

/* -------------------------------------------------------------- the answer */

/* True if it is done; else why not has been said. */
static bool
said(const struct proving *p, const char *name, const char *wrong)
{
	switch (p->end) {
	case DESK_DONE:
		return true;
	case DESK_REFUSED:
		return command_say("%s", wrong);
	case DESK_CHANGED:
		return command_say("%s has just changed; try again", name);
	case DESK_BUSY:
		return command_say(
		    "others are trying this password now; try again");
	case DESK_FULL:
		return command_say("auth has as many passwords to look at as "
				   "it takes; nothing was counted. Try again "
				   "a little later");
	case DESK_NO_REDIS:
		return command_say("Redis at %s does not answer; nothing was "
				   "changed. Start it and try again",
		    counters_place(p->session->config));
	case DESK_NO_DATABASE:
		return command_say("PostgreSQL does not answer; nothing was "
				   "changed. Start it and try again");
	default:
		return command_say("the password could not be looked at: Redis "
				   "or PostgreSQL did not answer in time, or "
				   "there was no memory. Nothing was changed; "
				   "try again");
	}
}

/* A new one, which nobody guesses. */
static void
make_token(char token[DIGEST_HEX_SIZE], struct digest *known)
{
	struct digest chance;

	secret_random(&chance, sizeof(chance));
	digest_write(&chance, token);
	secret_wipe(&chance, sizeof(chance));
	*known = digest_of(token, strlen(token));
}

/* From here on in the session that the proof has begun. */
static bool
begin(struct session *d, const char *name)
{
	struct people_sql_question q =
	    people_sql_enter_session(d->token, false);

	return database_do(d->database, &q) &&
	       (database_said(d->database) ||
		   command_say("%s has just changed; try again", name));
}

/* By auth, or here. False: it has been said. */
static bool
ask_somebody(struct proving *p)
{
	struct desk *desk = session_desk(p->session);

	if (desk == NULL)
		return false;
	p->end = DESK_NOBODY;
	if (desk_auth(desk) != NULL)
		ask_auth(p);
	return p->end != DESK_NOBODY || (desk_alone(desk) && prove_here(p));
}

/* The account or contract in `out` if it is proved; else zeros. */
static bool
prove(struct session *d, enum auth_subject subject, const char *name,
    const char *password, const char *wrong, struct facts_account *out)
{
	struct proving p = { .session = d, .question.subject = subject };
	struct desk_prove *q = &p.question;
	bool right;

	*out = (struct facts_account){ .id = 0 };
	q->secret_len = strlen(password);
	/* Nobody has such a name or password: nothing is guessed. */
	if (strlen(name) >= sizeof(q->name) ||
	    q->secret_len > sizeof(q->secret))
		return command_say("%s", wrong);
	memcpy(q->name, name, strlen(name));
	memcpy(q->secret, password, q->secret_len);
	make_token(d->token, &q->token);
	right = ask_somebody(&p) && said(&p, name, wrong) && begin(d, name);
	if (right)
		*out = p.account;
	secret_wipe(&p, sizeof(p));
	return right;
}

bool
proof_of_account(struct session *d, const char *user_id, const char *password,
    struct facts_account *out)
{
	return prove(d, AUTH_ACCOUNT, user_id, password,
	    "the user ID or the password is wrong, or the account is locked",
	    out);
}

bool
proof_of_contract(struct session *d, const char *number, const char *password)
{
	struct facts_account contract;

	return prove(d, AUTH_CONTRACT, number, password,
	    "the contract number or the initial password is wrong or used up, "
	    "or the contract is locked",
	    &contract);
}

/* --------------------------------------------------------------- session */

static bool
may_act(struct session *d, const char *user_id)
{
	d->who = authority_who(&d->self);
	if (d->who == AUTHORITY_NOBODY && d->self.temporary_password)
		return command_say("the password of %s is temporary; replace "
				   "it first with `koshin user register`",
		    user_id);
	if (d->who == AUTHORITY_NOBODY)
		return command_say("a device does not act for a contract");
	return true;
}

bool
proof_enter(struct session *d, const char *user_id)
{
	char text[PASSWORD_TEXT_SIZE] = "", question[64];
	bool right;

	snprintf(question, sizeof(question), "Password of %.40s", user_id);
	right = password_prove(d->line, "--as-password-file", question, text) &&
		proof_of_account(d, user_id, text, &d->self);
	secret_wipe(text, sizeof(text));
	return right && may_act(d, user_id);
}

void
proof_end(struct session *d)
{
	if (d->token[0] != '\0' && database_undo(d->database))
		(void)database_ask(
		    d->database, "SELECT koshin.end_session()", NULL);
	secret_wipe(d->token, sizeof(d->token));
}
