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
	struct call *(*ask)(struct attempts *, const struct attempts_who *,
	    attempts_done_fn *, void *);
	struct attempts_who who;
	struct call *asked;
	struct loop_timer *retry;
	bool done;
};

/* Who we are there. False, and it has been said. */
static bool
take_user(const struct config *c, struct counters *n)
{
	bool own = c->redis.operator_user != NULL;
	const char *file = own ? c->redis.operator_password : c->redis.password;
	struct fault why;

	n->options.user = own ? c->redis.operator_user : c->redis.user;
	if (file == NULL)
		return true;
	n->options.password = n->password;
	return secret_read_text(file, n->password, PASSWORD_MAX, &why) ||
	       command_say("redis.%s: %s %s",
		   own ? "operator_password" : "password", file, why.text);
}

struct counters *
counters_open(const struct config *c)
{
	const struct attempts_policy policy = { .lock = c->policy.lock,
		.code = c->policy.code,
		.address_limit = c->policy.address_limit,
		.address_window_s = c->policy.address_window_s };
	struct counters *n = xcalloc(1, sizeof(*n));

	n->place = counters_place(c);
	n->base = loop_new();
	n->options = (struct redis_options){ .socket = c->redis.socket,
		.host = c->redis.host,
		.port = (int)c->redis.port,
		.waiting_max = 16 };
	if (!take_user(c, n)) {
		event_base_free(n->base);
		free(n);
		return NULL;
	}
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

/* ------------------------------------------------------ for who asks auth */

struct event_base *
counters_base(struct counters *n)
{
	return n->base;
}

struct attempts *
counters_attempts(struct counters *n)
{
	return n->attempts;
}

bool
counters_up(const struct counters *n)
{
	return redis_up(n->redis);
}

const char *
counters_place(const struct config *c)
{
	return c->redis.socket != NULL ? c->redis.socket : c->redis.host;
}

/* --------------------------------------------------------------- waiting */

static void try_it(void *arg);

static void
on_done(void *arg, enum db_rc rc)
{
	struct counters *n = arg;

	n->asked = NULL;
	n->done = rc == DB_OK;
	if (n->done)
		event_base_loopbreak(n->base);
	else
		n->retry = loop_after(n->base, RETRY_MS, try_it, n);
}

static void
try_it(void *arg)
{
	struct counters *n = arg;

	n->retry = NULL;
	n->asked = n->ask(n->attempts, &n->who, on_done, n);
	if (n->asked == NULL)
		on_done(n, DB_DOWN);
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

/* The question is `ask`, until it is answered or the time is over. */
static bool
settle(struct counters *n,
    struct call *(*ask)(struct attempts *, const struct attempts_who *,
	attempts_done_fn *, void *),
    const char *name, bool contract)
{
	struct loop_timer *limit;

	n->ask = ask;
	n->who = (struct attempts_who){ .user_id = name, .contract = contract };
	n->done = false;
	limit = loop_after(n->base, COUNTERS_WAIT_MS, give_up, n);
	n->retry = loop_after(n->base, 0, try_it, n);
	event_base_dispatch(n->base);
	if (n->done)
		loop_cancel(limit);
	else
		command_say("Redis at %s does not answer; nothing was changed. "
			    "Start it and try again",
		    n->place);
	return n->done;
}

bool
counters_lift(struct counters *n, const char *user_id)
{
	return settle(n, attempts_lift, user_id, false);
}

bool
counters_lift_contract(struct counters *n, const char *number)
{
	return settle(n, attempts_lift, number, true);
}

bool
counters_drop_code(struct counters *n, const char *user_id)
{
	return settle(n, attempts_drop_code, user_id, false);
}
