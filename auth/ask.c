#include "auth/ask.h"

#include "auth/attempt.h"
#include "base/xalloc.h"

#include <assert.h>

_Static_assert(AUTH_CODE_ID_SIZE == ATTEMPTS_OPERATION_SIZE,
    "a code is known by the operation that made it");

struct auth *
auth_open(const struct auth_options *options)
{
	struct auth *auth = xcalloc(1, sizeof(*auth));

	assert((options->accounts == NULL) != (options->proofs == NULL));
	auth->options = *options;
	TAILQ_INIT(&auth->attempts);
	return auth;
}

void
auth_close(struct auth *auth)
{
	struct attempt *a;

	if (auth == NULL)
		return;
	while ((a = TAILQ_FIRST(&auth->attempts)) != NULL) {
		bool open = a->asked != NULL || a->later != NULL;

		a->place = false; /* it fails by itself */
		if (open && !a->call.forgotten)
			attempt_answer(a, AUTH_DOWN);
		else
			attempt_drop(a);
	}
	free(auth);
}

/* ------------------------------------------------------------------- end */

static void
tell_done(struct attempt *a, enum auth_end end)
{
	a->fn.done(a->arg, end);
}

static void
hear_done(struct attempt *a, auth_done_fn *done, void *arg)
{
	a->tell = tell_done;
	a->fn.done = done;
	a->arg = arg;
	a->call.forgotten = false;
}

static void
on_succeed(void *arg, enum db_rc rc)
{
	struct attempt *a = arg;

	if (attempt_hears(a))
		attempt_answer(a, rc == DB_OK ? AUTH_DONE : AUTH_DOWN);
}

struct call *
auth_succeed(
    struct auth *auth, struct auth_handle handle, auth_done_fn *done, void *arg)
{
	struct attempt *a = attempt_at(auth, handle, ATTEMPT_PROVED);

	if (a != NULL)
		a->asked = attempts_succeed(
		    auth->options.attempts, &a->who, on_succeed, a);
	else
		a = attempt_later(auth, AUTH_GONE);
	hear_done(a, done, arg);
	return &a->call;
}

static void
on_left(void *arg, enum db_rc rc, const struct attempts_settled *settled)
{
	(void)settled;
	on_succeed(arg, rc);
}

/* Nobody listens. */
static void
leave(struct attempt *a)
{
	attempt_give_back(a);
	attempt_drop(a);
}

struct call *
auth_leave(
    struct auth *auth, struct auth_handle handle, auth_done_fn *done, void *arg)
{
	struct attempt *a = attempt_find(auth, handle);

	if (done == NULL) {
		if (a != NULL)
			leave(a);
		return NULL;
	}
	if (a != NULL && a->place) {
		call_forget(a->asked);
		a->place = false;
		a->asked = attempts_settle(auth->options.attempts, &a->who,
		    ATTEMPTS_NEUTRAL, on_left, a);
	} else {
		if (a != NULL)
			attempt_drop(a);
		a = attempt_later(auth, AUTH_DONE);
	}
	hear_done(a, done, arg);
	return &a->call;
}

void
auth_vanish(struct auth *auth, struct auth_handle handle)
{
	struct attempt *a = attempt_find(auth, handle);

	if (a != NULL)
		attempt_drop(a);
}
