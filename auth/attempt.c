#include "auth/attempt.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/xalloc.h"

#include <assert.h>

/* Those that their doors have forgotten; their places fail by themselves. */
static void
end_old(struct auth *auth, int64_t now_us)
{
	struct attempt *a, *next;

	for (a = TAILQ_FIRST(&auth->attempts); a != NULL && a->end_us <= now_us;
	     a = next) {
		next = TAILQ_NEXT(a, entry);
		if (a->asked == NULL && a->later == NULL)
			attempt_drop(a);
	}
}

struct attempt *
attempt_new(struct auth *auth)
{
	struct attempt *a = xcalloc(1, sizeof(*a));
	int64_t now_us = clock_mono_us();

	end_old(auth, now_us);
	a->auth = auth;
	a->handle.number = ++auth->last;
	a->end_us = now_us + (int64_t)ATTEMPTS_PLACE_LIFE_S * 1000000;
	a->who.user_id = a->name;
	secret_random(a->who.operation, sizeof(a->who.operation));
	TAILQ_INSERT_TAIL(&auth->attempts, a, entry);
	return a;
}

/* A front has no more of them than requests in work: few to look through. */
struct attempt *
attempt_find(struct auth *auth, struct auth_handle handle)
{
	struct attempt *a;

	TAILQ_FOREACH(a, &auth->attempts, entry)
	if (a->handle.number == handle.number)
		return a;
	return NULL;
}

struct attempt *
attempt_at(
    struct auth *auth, struct auth_handle handle, enum attempt_stage stage)
{
	struct attempt *a = attempt_find(auth, handle);

	if (a == NULL || a->stage != stage || a->asked != NULL ||
	    a->end_us <= clock_mono_us())
		return NULL;
	a->call.forgotten = false; /* of the question before */
	return a;
}

static void
on_later(void *arg)
{
	struct attempt *a = arg;

	a->later = NULL;
	if (attempt_hears(a))
		attempt_answer(a, a->later_end);
}

struct attempt *
attempt_later(struct auth *auth, enum auth_end end)
{
	struct attempt *a = attempt_new(auth);

	a->later_end = end;
	a->later = loop_after(auth->options.base, 0, on_later, a);
	return a;
}

static void
unlist(struct attempt *a)
{
	TAILQ_REMOVE(&a->auth->attempts, a, entry);
}

static void
wipe(struct attempt *a)
{
	call_forget(a->asked);
	loop_cancel(a->later);
	secret_wipe(a, sizeof(*a));
	free(a);
}

void
attempt_drop(struct attempt *a)
{
	unlist(a);
	wipe(a);
}

bool
attempt_hears(struct attempt *a)
{
	a->asked = NULL;
	if (!a->call.forgotten)
		return true;
	attempt_drop(a);
	return false;
}

void
attempt_answer(struct attempt *a, enum auth_end end)
{
	attempt_give_back(a);
	unlist(a); /* the door may leave it, or begin another, as it hears */
	a->tell(a, end);
	wipe(a);
}

void
attempt_go_on(struct attempt *a, enum attempt_stage stage)
{
	assert(stage == a->stage + 1);
	a->stage = stage;
	a->tell(a, AUTH_DONE);
}

void
attempt_give_back(struct attempt *a)
{
	if (!a->place)
		return;
	a->place = false;
	call_forget(attempts_settle(
	    a->auth->options.attempts, &a->who, ATTEMPTS_NEUTRAL, NULL, NULL));
}
