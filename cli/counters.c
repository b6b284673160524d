/*
 * Each question is put again until it is answered or the time is over: the
 * connection may not be up yet. All of them are safe to repeat.
 */
#include "cli/counters.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/loop.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "cli/command.h"
#include "db/redis.h"

#define WAIT_MS 3000 /* for one question */
#define RETRY_MS 50
#define PASSWORD_MAX 512

struct counters {
	struct event_base *base;
	struct redis *redis;
	struct attempts *attempts;
	const char *place; /* of Redis, for messages */
	char password[PASSWORD_MAX];
	struct redis_options options; /* lives as long as redis */
	/* the question that is asked now */
	struct call *(*ask)(struct counters *);
	const struct attempts_who *who;
	unsigned locks;
	enum attempts_outcome outcome;
	struct attempts_begin_answer begun;
	struct attempts_settled settled;
	struct call *asked;
	struct loop_timer *retry;
	bool done;
};

static const char *
place_of(const struct config *c)
{
	return c->redis.socket != NULL ? c->redis.socket : c->redis.host;
}

/* False, and it has been said. */
static bool
read_password(const struct config *c, char password[PASSWORD_MAX])
{
	struct fault why;

	if (c->redis.password == NULL ||
	    secret_read_text(c->redis.password, password, PASSWORD_MAX, &why))
		return true;
	command_say("redis.password: %s %s", c->redis.password, why.text);
	return false;
}

struct counters *
counters_open(const struct config *c)
{
	const struct attempts_policy policy = { .lock = c->policy.lock,
		.code = c->policy.code,
		.address_limit = c->policy.address_limit,
		.address_window_s = c->policy.address_window_s };
	struct counters *n = xcalloc(1, sizeof(*n));

	if (!read_password(c, n->password)) {
		free(n);
		return NULL;
	}
	n->place = place_of(c);
	n->base = loop_new();
	n->options = (struct redis_options){ .socket = c->redis.socket,
		.host = c->redis.host,
		.port = (int)c->redis.port,
		.password = c->redis.password != NULL ? n->password : NULL,
		.answer_ms = 500,
		.waiting_max = 16 };
	n->redis = redis_open(n->base, &n->options);
	n->attempts = attempts_new(n->redis, &policy);
	return n;
}

void
counters_close(struct counters *n)
{
	if (n == NULL)
		return;
	attempts_free(n->attempts);
	redis_close(n->redis);
	event_base_free(n->base);
	secret_wipe(n->password, sizeof(n->password));
	free(n);
}

/* --------------------------------------------------------------- waiting */

static void
try_it(void *arg)
{
	struct counters *n = arg;

	n->retry = NULL;
	n->asked = n->ask(n);
}

static void
heard(struct counters *n, enum db_rc rc)
{
	n->asked = NULL;
	n->done = rc == DB_OK;
	if (n->done)
		event_base_loopbreak(n->base);
	else
		n->retry = loop_after(n->base, RETRY_MS, try_it, n);
}

static void
give_up(void *arg)
{
	struct counters *n = arg;

	call_forget(n->asked);
	loop_cancel(n->retry);
	n->asked = NULL;
	n->retry = NULL;
	event_base_loopbreak(n->base);
}

static bool
wait_for(struct counters *n, struct call *(*ask)(struct counters *))
{
	struct loop_timer *limit;

	n->ask = ask;
	n->done = false;
	limit = loop_after(n->base, WAIT_MS, give_up, n);
	n->retry = loop_after(n->base, 0, try_it, n);
	event_base_dispatch(n->base);
	if (n->done)
		loop_cancel(limit);
	else
		command_say("Redis at %s does not answer; nothing was "
			    "changed. Start it and try again",
		    n->place);
	return n->done;
}

/* ------------------------------------------------------------- questions */

static void
on_done(void *arg, enum db_rc rc)
{
	heard(arg, rc);
}

static struct call *
ask_lift(struct counters *n)
{
	return attempts_lift(n->attempts, n->who->user_id, on_done, n);
}

bool
counters_lift(struct counters *n, const char *user_id)
{
	n->who = &(struct attempts_who){ .user_id = user_id };
	return wait_for(n, ask_lift);
}

static struct call *
ask_drop_code(struct counters *n)
{
	return attempts_drop_code(n->attempts, n->who->user_id, on_done, n);
}

bool
counters_drop_code(struct counters *n, const char *user_id)
{
	n->who = &(struct attempts_who){ .user_id = user_id };
	return wait_for(n, ask_drop_code);
}

struct attempts_who
counters_who(const char *user_id)
{
	struct attempts_who who = { .user_id = user_id };

	secret_random(who.operation, sizeof(who.operation));
	return who;
}

static void
on_begun(void *arg, enum db_rc rc, const struct attempts_begin_answer *said)
{
	struct counters *n = arg;

	n->begun = *said;
	heard(n, rc);
}

static struct call *
ask_begin(struct counters *n)
{
	return attempts_begin(n->attempts, n->who, n->locks, on_begun, n);
}

bool
counters_begin(struct counters *n, const struct attempts_who *who,
    unsigned locks, struct attempts_begin_answer *answer)
{
	bool done;

	n->who = who;
	n->locks = locks;
	done = wait_for(n, ask_begin);
	*answer = n->begun;
	return done;
}

static void
on_settled(void *arg, enum db_rc rc, const struct attempts_settled *said)
{
	struct counters *n = arg;

	n->settled = *said;
	heard(n, rc);
}

static struct call *
ask_settle(struct counters *n)
{
	return attempts_settle(n->attempts, n->who, n->outcome, on_settled, n);
}

bool
counters_settle(struct counters *n, const struct attempts_who *who,
    enum attempts_outcome outcome, struct attempts_settled *settled)
{
	bool done;

	n->who = who;
	n->outcome = outcome;
	done = wait_for(n, ask_settle);
	*settled = n->settled;
	return done;
}
