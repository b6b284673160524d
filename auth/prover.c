#include "auth/prover.h"

#include "auth/desk_ask.h"
#include "base/secret.h"
#include "db/attempts.h"
#include "db/proofs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* A command is done long before; what it leaves after a crash ends then. */
#define SESSION_S 3600

struct proof {
	TAILQ_ENTRY(proof) link;
	struct prover *prover;
	void *asker;
	uint64_t id;	 /* of the asker's message */
	uint64_t number; /* of ours, and of the attempt */
	struct digest token;
	struct call *opening; /* the session; or NULL */
	enum desk_end end;
	struct facts_account account; /* once it is proved */
};

struct prover {
	struct prover_options options;
	struct ladder *ladder;
	TAILQ_HEAD(, proof) proofs;
	unsigned count;
	uint64_t last_number;
};

/* ---------------------------------------------------------------- answers */

static void
tell(struct prover *p, void *asker, uint64_t id, enum desk_end end,
    const struct facts_account *account)
{
	struct desk_proved answer;

	memset(&answer, 0, sizeof(answer)); /* its padding tells nothing */
	answer.head.kind = DESK_KIND_PROVE;
	answer.head.id = id;
	answer.end = end;
	if (end == DESK_DONE)
		answer.account = *account;
	p->options.answer(asker, &answer.head, sizeof(answer));
	secret_wipe(&answer, sizeof(answer));
}

static void
unlist(struct proof *q)
{
	TAILQ_REMOVE(&q->prover->proofs, q, link);
	q->prover->count--;
}

static void
wipe(struct proof *q)
{
	secret_wipe(q, sizeof(*q));
	free(q);
}

static void
finish(struct proof *q)
{
	unlist(q);
	secret_wipe(q->account.password_hash, sizeof(q->account.password_hash));
	tell(q->prover, q->asker, q->id, q->end, &q->account);
	wipe(q);
}

/* ----------------------------------------------------------------- asking */

static enum desk_end
why_down(const struct prover *p)
{
	if (!proofs_up(p->options.ladder.proofs))
		return DESK_NO_DATABASE;
	return attempts_up(p->options.ladder.attempts) ? DESK_FAILED
						       : DESK_NO_REDIS;
}

static enum desk_end
end_of(const struct prover *p, enum auth_end end)
{
	switch (end) {
	case AUTH_DONE:
		return DESK_DONE;
	case AUTH_REFUSED:
		return DESK_REFUSED;
	case AUTH_BUSY:
		return DESK_BUSY;
	case AUTH_FULL:
		return DESK_FULL;
	default:
		return why_down(p);
	}
}

static void
leave(struct proof *q)
{
	struct auth_end_question end = { .head = { .kind = AUTH_KIND_LEAVE,
					     .id = q->number },
		.handle.number = q->number };

	ladder_take(q->prover->ladder, q->prover, &end.head, sizeof(end));
}

static void
on_opened(void *arg, enum db_rc rc, bool opened)
{
	struct proof *q = arg;

	q->opening = NULL;
	if (rc != DB_OK)
		q->end = why_down(q->prover);
	else if (!opened)
		q->end = DESK_CHANGED;
	leave(q);
}

/* The hash is that which the password fitted. */
static void
begin_session(struct proof *q, const struct facts_account *account)
{
	struct proofs *proofs = q->prover->options.ladder.proofs;

	q->account = *account;
	q->opening = proofs_open_session(proofs, &q->token, &q->account,
	    &q->prover->options.limits, SESSION_S, on_opened, q);
	if (q->opening == NULL)
		on_opened(q, DB_DOWN, false);
}

static struct proof *
find(struct prover *p, uint64_t number)
{
	struct proof *q;

	TAILQ_FOREACH (q, &p->proofs, link)
		if (q->number == number)
			return q;
	return NULL;
}

static void
hear(void *door, struct ipc_head *message, size_t bytes)
{
	const union auth_answer *answer = (const void *)message;
	struct prover *p = door;
	struct proof *q = find(p, message->id);

	(void)bytes;
	if (q == NULL)
		return;
	if (message->kind == AUTH_KIND_LEAVE) {
		if (q->end == DESK_DONE)
			q->end = end_of(p, answer->end.end);
		finish(q);
		return;
	}
	q->end = end_of(p, answer->password.end);
	if (q->end == DESK_DONE)
		begin_session(q, &answer->password.holder.account);
	else
		finish(q);
}

static void
ask(struct proof *q, const struct desk_prove *question)
{
	struct auth_password a = {
		.head = { .kind = AUTH_KIND_PASSWORD, .id = q->number },
		.handle.number = q->number,
		.subject = question->subject,
		.tells_hash = true, /* a session remembers by which it began */
		.secret_len = question->secret_len,
	};

	memcpy(a.name, question->name, sizeof(a.name));
	memcpy(a.secret, question->secret, question->secret_len);
	ladder_take(q->prover->ladder, q->prover, &a.head,
	    offsetof(struct auth_password, secret) + a.secret_len);
	secret_wipe(&a, sizeof(a));
}

/* ----------------------------------------------------------------- public */

struct prover *
prover_open(const struct prover_options *options)
{
	struct prover *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->options = *options;
	p->options.ladder.answer = hear;
	p->ladder = ladder_open(&p->options.ladder);
	TAILQ_INIT(&p->proofs);
	return p;
}

void
prover_close(struct prover *p)
{
	struct proof *q;

	if (p == NULL)
		return;
	ladder_close(p->ladder);
	while ((q = TAILQ_FIRST(&p->proofs)) != NULL) {
		call_forget(q->opening);
		unlist(q);
		wipe(q);
	}
	free(p);
}

bool
prover_take(
    struct prover *p, void *asker, const struct ipc_head *head, size_t bytes)
{
	const struct desk_prove *question = (const void *)head;
	struct proof *q;

	if (head->kind != DESK_KIND_PROVE || !desk_question_good(head, bytes))
		return false;
	if (p->count == PROVER_MAX) {
		tell(p, asker, head->id, DESK_FULL, NULL);
		return true;
	}
	q = calloc(1, sizeof(*q));
	if (q == NULL) {
		tell(p, asker, head->id, DESK_FAILED, NULL);
		return true;
	}
	q->prover = p;
	q->asker = asker;
	q->id = head->id;
	q->number = ++p->last_number;
	q->token = question->token;
	TAILQ_INSERT_TAIL(&p->proofs, q, link);
	p->count++;
	ask(q, question);
	return true;
}
