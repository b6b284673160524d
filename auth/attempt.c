#include "auth/attempt.h"

#include "auth/failures.h"
#include "base/clock.h"
#include "base/secret.h"

#include <assert.h>
#include <stdlib.h>

void
asked_answer(const struct asked *q, struct ipc_head *answer, size_t bytes)
{
	answer->id = q->id;
	answer->kind = q->kind;
	q->ladder->options.answer(q->door, answer, bytes);
}

void
attempts_end_old(struct ladder *ladder)
{
	int64_t now_us = clock_mono_us();
	struct attempt *a, *next;

	for (a = TAILQ_FIRST(&ladder->attempts);
	     a != NULL && a->end_us <= now_us; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (a->asked == NULL)
			attempt_vanish(a);
	}
}

struct attempt *
attempt_new(const struct asked *q, struct auth_handle handle)
{
	struct attempt *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->ladder = q->ladder;
	a->door = q->door;
	a->handle = handle;
	a->end_us = clock_mono_us() + (int64_t)ATTEMPTS_PLACE_LIFE_S * 1000000;
	a->who.user_id = a->name;
	a->who.address = a->address;
	secret_random(a->who.operation, sizeof(a->who.operation));
	TAILQ_INSERT_TAIL(&q->ladder->attempts, a, entry);
	return a;
}

/* There are no more of them than requests in work: few to look through, the
 * youngest first. */
struct attempt *
attempt_find(const struct asked *q, struct auth_handle handle)
{
	struct attempt *a;

	TAILQ_FOREACH_REVERSE (a, &q->ladder->attempts, attempt_list, entry)
		if (!a->left && !a->vanished && a->door == q->door &&
		    a->handle.number == handle.number)
			return a;
	return NULL;
}

struct attempt *
attempt_at(
    const struct asked *q, struct auth_handle handle, enum attempt_stage stage)
{
	struct attempt *a = attempt_find(q, handle);

	if (a == NULL || a->stage != stage || a->asked != NULL ||
	    a->end_us <= clock_mono_us())
		return NULL;
	return a;
}

static void
unlist(struct attempt *a)
{
	TAILQ_REMOVE(&a->ladder->attempts, a, entry);
}

static void
wipe(struct attempt *a)
{
	call_forget(a->asked);
	secret_wipe(a, sizeof(*a));
	free(a);
}

void
attempt_drop(struct attempt *a)
{
	unlist(a);
	wipe(a);
}

void
attempt_open(struct attempt *a, const struct asked *q,
    void (*tell)(struct attempt *, enum auth_end))
{
	a->open = *q;
	a->tell = tell;
}

void
attempt_hears(struct attempt *a)
{
	a->asked = NULL;
}

/* The place is settled as neutral; nobody waits for it. */
static void
give_back(struct attempt *a)
{
	if (!a->place)
		return;
	a->place = false;
	call_forget(attempts_settle(a->ladder->options.attempts, &a->who,
	    ATTEMPTS_NEUTRAL, NULL, NULL));
}

/* It would wait for its door from here on. */
static void
end_vanished(struct attempt *a)
{
	if (a->place)
		attempt_fail(a);
	else
		attempt_drop(a);
}

static void
count(const struct attempt *a)
{
	struct failures *failures = a->ladder->options.failures;

	if (failures != NULL)
		failures_count(failures, clock_mono_us());
}

void
attempt_answer(struct attempt *a, enum auth_end end)
{
	if (end == AUTH_REFUSED)
		count(a);
	give_back(a);
	unlist(a); /* the door may leave it, or begin another, as it hears */
	if (!a->left && !a->vanished)
		a->tell(a, end);
	wipe(a);
}

void
attempt_go_on(struct attempt *a, enum attempt_stage stage)
{
	assert(stage == a->stage + 1);
	a->stage = stage;
	if (a->vanished)
		end_vanished(a);
	else
		a->tell(a, AUTH_DONE);
}

void
attempt_forgive(const struct attempt *a)
{
	if (a->address[0] != '\0')
		call_forget(attempts_address_back(
		    a->ladder->options.attempts, a->address, NULL, NULL));
}

void
attempt_leave(struct attempt *a)
{
	a->left = true;
	if (a->taking)
		return;
	give_back(a);
	attempt_drop(a);
}

void
attempt_vanish(struct attempt *a)
{
	a->vanished = true;
	if (a->asked == NULL)
		end_vanished(a);
}
