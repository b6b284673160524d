#include "cli/proof.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "auth/ladder.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/pool.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "cli/counters.h"
#include "cli/hashing.h"
#include "db/proofs.h"

#define LOOK_MS 5

/* ---------------------------------------------------------------- asking */

/* What the loop works for: one question to auth, and its answer. */
struct proving {
	struct counters *counters;
	struct event_base *base; /* of the counters */
	struct proofs *proofs;
	struct pool *pool;
	struct password_costs costs;
	struct pool_mailbox *mailbox;
	struct ladder *ladder;
	struct auth_password *question;
	int64_t wait_end_us; /* when to give up on a store */
	enum auth_end end;
	struct facts_account *account; /* who it is, once proved */
	struct digest token; /* of the session, as the database knows it */
	bool opened;
};

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

/* A password alone is no success that clears counters (R-LOCK-4). */
static void
leave(struct proving *p)
{
	struct auth_end_question q = { .head.kind = AUTH_KIND_LEAVE,
		.handle = p->question->handle };

	ladder_take(p->ladder, p, &q.head, sizeof(q));
}

static void
on_opened(void *arg, enum db_rc rc, bool opened)
{
	struct proving *p = arg;

	p->opened = opened;
	if (rc != DB_OK)
		p->end = AUTH_DOWN;
	leave(p);
}

static void
on_answer(void *arg, struct ipc_head *message, size_t bytes)
{
	struct proving *p = arg;
	const union auth_answer *answer = (const void *)message;

	(void)bytes;
	if (message->kind == AUTH_KIND_LEAVE) {
		if (p->end == AUTH_DONE)
			p->end = answer->end.end;
		finish(p);
		return;
	}
	p->end = answer->password.end;
	if (p->end != AUTH_DONE) {
		finish(p);
		return;
	}
	*p->account = answer->password.holder.account;
	if (proofs_open_session(
		p->proofs, &p->token, p->account, on_opened, p) == NULL)
		on_opened(p, DB_DOWN, false);
}

static void
ask(struct proving *p)
{
	struct auth_password *q = p->question;

	q->head.kind = AUTH_KIND_PASSWORD;
	q->handle.number = 1;
	ladder_take(p->ladder, p, &q->head,
	    offsetof(struct auth_password, secret) + q->secret_len);
}

/* The connections may not be up yet. */
static void
look(void *arg)
{
	struct proving *p = arg;

	if (counters_up(p->counters) && proofs_up(p->proofs))
		ask(p);
	else if (clock_mono_us() < p->wait_end_us)
		loop_after(p->base, LOOK_MS, look, p);
	else
		event_base_loopbreak(p->base);
}

static void
run(struct proving *p, const struct session *d)
{
	p->base = counters_base(p->counters);
	p->proofs = proofs_open(p->base, d->config->database.auth);
	p->pool = pool_new(1, 1);
	p->mailbox = pool_mailbox_new(p->base);
	if (p->pool == NULL || p->mailbox == NULL)
		xalloc_failed();
	p->costs = password_costs_now();
	p->ladder = ladder_open(&(struct ladder_options){
	    .answer = on_answer,
	    .attempts = counters_attempts(p->counters),
	    .proofs = p->proofs,
	    .pool = p->pool,
	    .costs = &p->costs,
	    .mailbox = p->mailbox,
	});
	p->wait_end_us = clock_mono_us() + (int64_t)COUNTERS_WAIT_MS * 1000;
	p->end = AUTH_DOWN;
	loop_after(p->base, 0, look, p);
	event_base_dispatch(p->base);
}

static void
close_all(struct proving *p)
{
	ladder_close(p->ladder);
	pool_free(p->pool);
	pool_mailbox_free(p->mailbox);
	proofs_close(p->proofs);
}

/* True if it is done; else why not has been said. */
static bool
said(const struct proving *p, const char *wrong)
{
	switch (p->end) {
	case AUTH_DONE:
		return true;
	case AUTH_REFUSED:
		return command_say("%s", wrong);
	case AUTH_BUSY:
		return command_say(
		    "others are trying this password now; try again");
	default:
		if (counters_up(p->counters) && !proofs_up(p->proofs))
			command_say("PostgreSQL does not answer; nothing was "
				    "changed. Start it and try again");
		else
			counters_say_down(p->counters);
	}
	return false;
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
begin(struct session *d, const struct proving *p, const char *name)
{
	struct people_sql_question q =
	    people_sql_enter_session(d->token, false);

	if (p->opened && !database_do(d->database, &q))
		return false;
	if (!p->opened || !database_said(d->database))
		return command_say("%s has just changed; try again", name);
	return true;
}

/* The account or contract in `out` if it is proved; else zeros. */
static bool
prove(struct session *d, struct auth_password *q, const char *name,
    const char *password, const char *wrong, struct facts_account *out)
{
	struct proving p = {
		.counters = d->counters, .question = q, .account = out
	};
	bool right;

	*out = (struct facts_account){ .id = 0 };
	q->tells_hash = true;
	q->secret_len = strlen(password);
	/* Nobody has such a name or password: nothing is guessed. */
	if (strlen(name) >= sizeof(q->name) ||
	    q->secret_len > sizeof(q->secret))
		return command_say("%s", wrong);
	memcpy(q->name, name, strlen(name));
	memcpy(q->secret, password, q->secret_len);
	if (!hashing_pepper(d->config)) {
		secret_wipe(q, sizeof(*q));
		return false;
	}
	make_token(d->token, &p.token);
	run(&p, d);
	right = said(&p, wrong);
	close_all(&p);
	secret_wipe(q, sizeof(*q));
	secret_wipe(out->password_hash, sizeof(out->password_hash));
	right = right && begin(d, &p, name);
	if (!right)
		secret_wipe(out, sizeof(*out));
	return right;
}

bool
proof_of_account(struct session *d, const char *user_id, const char *password,
    struct facts_account *out)
{
	struct auth_password q = { .subject = AUTH_ACCOUNT };

	return prove(d, &q, user_id, password,
	    "the user ID or the password is wrong, or the account is locked",
	    out);
}

bool
proof_of_contract(struct session *d, const char *number, const char *password)
{
	struct auth_password q = { .subject = AUTH_CONTRACT };
	struct facts_account contract;

	return prove(d, &q, number, password,
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
