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
#include "db/proofs.h"

#define LOOK_MS 5

/* ---------------------------------------------------------------- asking */

/* What the loop works for: one question to auth, and its answer. */
struct proving {
	struct counters *counters;
	struct event_base *base; /* of the counters */
	struct proofs *proofs;
	struct pool *pool;
	struct pool_mailbox *mailbox;
	struct ladder *ladder;
	struct auth_password *question;
	int64_t wait_end_us; /* when to give up on a store */
	enum auth_end end;
	struct facts_account *account; /* who it is, once proved */
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
on_answer(void *arg, struct ipc_head *message, size_t bytes)
{
	struct proving *p = arg;
	const union auth_answer *answer = (const void *)message;

	(void)bytes;
	if (message->kind == AUTH_KIND_LEAVE) {
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
	leave(p);
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
	p->proofs = proofs_open(p->base, d->config->database.member);
	p->pool = pool_new(1, 1);
	p->mailbox = pool_mailbox_new(p->base);
	if (p->pool == NULL || p->mailbox == NULL)
		xalloc_failed();
	p->ladder = ladder_open(&(struct ladder_options){
	    .answer = on_answer,
	    .attempts = counters_attempts(p->counters),
	    .proofs = p->proofs,
	    .pool = p->pool,
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
		command_say("%s", wrong);
		break;
	case AUTH_BUSY:
		command_say("others are trying this password now; try again");
		break;
	default:
		if (counters_up(p->counters) && !proofs_up(p->proofs))
			command_say("PostgreSQL does not answer; nothing was "
				    "changed. Start it and try again");
		else
			counters_say_down(p->counters);
	}
	return false;
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
	password_ready(d);
	run(&p, d);
	right = said(&p, wrong);
	close_all(&p);
	secret_wipe(q, sizeof(*q));
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
proof_of_contract(struct session *d, const char *number, const char *password,
    char out[PASSWORD_HASH_SIZE])
{
	struct auth_password q = { .subject = AUTH_CONTRACT };
	struct facts_account contract;
	bool right = prove(d, &q, number, password,
	    "the contract number or the initial password is wrong or used up, "
	    "or the contract is locked",
	    &contract);

	memcpy(out, contract.password_hash, PASSWORD_HASH_SIZE);
	secret_wipe(&contract, sizeof(contract));
	return right;
}

/* --------------------------------------------------------------- session */

static bool
enter(struct session *d, const char *user_id)
{
	struct people_sql_question q = people_sql_enter_session(user_id, false);

	d->who = authority_who(&d->self);
	if (d->who == AUTHORITY_NOBODY && d->self.temporary_password)
		return command_say(
		    "the password of %s is temporary; replace it "
		    "first with `koshin user register`",
		    user_id);
	if (d->who == AUTHORITY_NOBODY)
		return command_say("a device does not act for a contract");
	if (!database_do(d->database, &q))
		return false;
	if (!database_said(d->database))
		command_say(
		    "the account of %s has just changed; try again", user_id);
	return database_said(d->database);
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
	return right && enter(d, user_id);
}
