#include "cli/lift.h"

#include <event2/event.h>
#include <stdio.h>

#include "base/loop.h"
#include "base/secret.h"
#include "cli/command.h"
#include "db/attempts.h"
#include "db/redis.h"

#define WAIT_MS 3000 /* for all of it */
#define RETRY_MS 50  /* while the connection is not up yet */
#define PASSWORD_MAX 512

struct lift {
	struct event_base *base;
	struct redis *redis;
	struct attempts *attempts;
	const char *user_id;
	struct call *asked;
	struct loop_timer *retry;
	bool done;
};

static void try_it(void *arg);

static void
on_lifted(void *arg, enum db_rc rc)
{
	struct lift *l = arg;

	l->asked = NULL;
	l->done = rc == DB_OK;
	if (l->done)
		event_base_loopbreak(l->base);
	else
		l->retry = loop_after(l->base, RETRY_MS, try_it, l);
}

/* Safe to repeat: zero is zero. */
static void
try_it(void *arg)
{
	struct lift *l = arg;

	l->retry = NULL;
	l->asked = attempts_lift(l->attempts, l->user_id, on_lifted, l);
}

static void
give_up(void *arg)
{
	struct lift *l = arg;

	call_forget(l->asked);
	loop_cancel(l->retry);
	l->asked = NULL;
	l->retry = NULL;
	event_base_loopbreak(l->base);
}

static bool
run(struct lift *l, const struct config *c, const struct redis_options *options)
{
	const struct attempts_policy policy = { .lock = c->policy.lock,
		.code = c->policy.code,
		.address_limit = c->policy.address_limit,
		.address_window_s = c->policy.address_window_s };
	struct loop_timer *limit;

	l->base = loop_new();
	l->redis = redis_open(l->base, options);
	l->attempts = attempts_new(l->redis, &policy);
	limit = loop_after(l->base, WAIT_MS, give_up, l);
	l->retry = loop_after(l->base, 0, try_it, l);
	event_base_dispatch(l->base);
	if (l->done)
		loop_cancel(limit);
	attempts_free(l->attempts);
	redis_close(l->redis);
	event_base_free(l->base);
	return l->done;
}

bool
lift_counters(const struct config *c, const char *user_id)
{
	char password[PASSWORD_MAX] = "", why[256];
	struct redis_options options = { .socket = c->redis.socket,
		.host = c->redis.host,
		.port = (int)c->redis.port,
		.password = c->redis.password != NULL ? password : NULL,
		.answer_ms = 500,
		.waiting_max = 16 };
	struct lift lift = { .user_id = user_id };
	bool done;

	if (c->redis.password != NULL &&
	    !secret_read_text(c->redis.password, password, sizeof(password),
		why, sizeof(why))) {
		command_say("redis.password: %s %s", c->redis.password, why);
		return false;
	}
	done = run(&lift, c, &options);
	secret_wipe(password, sizeof(password));
	if (!done)
		command_say("Redis at %s does not answer; nothing was "
			    "changed. Start it and try again",
		    c->redis.socket != NULL ? c->redis.socket : c->redis.host);
	return done;
}
