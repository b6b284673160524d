#include "auth/auth.h"

#include "auth/desk_ask.h"
#include "auth/failures.h"
#include "auth/hasher.h"
#include "auth/ladder.h"
#include "auth/prover.h"
#include "auth/yield.h"
#include "base/clock.h"
#include "base/ipc_server.h"
#include "base/locked.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/password.h"
#include "base/pool.h"
#include "base/share.h"
#include "db/accounts.h"
#include "db/attempts.h"
#include "db/proofs.h"
#include "db/redis.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* When PostgreSQL is asked anew at which costs there are hashes. */
#define COSTS_EVERY_MS 60000
/* At the end, for what nobody waits for: longer than a store may be silent that
 * is asked for a password. */
#define SETTLE_MS 1000
#define SETTLE_LOOK_MS 5

struct auth {
	const struct config *config;
	struct event_base *base;
	struct secret_key *code_key, *grant_key;
	char *redis_password; /* or NULL; lives as the connection */
	struct redis_options redis_options;
	struct redis *redis;
	struct attempts *attempts;
	struct accounts *accounts;
	struct password_costs costs;
	struct loop_timer *costs_again;
	struct failures failures;
	struct loop_timer *failures_again;
	struct pool *pool;
	struct share *room; /* in the pool, for the doors */
	struct yield yield;
	struct loop_timer *yield_again;
	int session; /* of stage_given */
	bool session_told;
	struct pool_mailbox *mailbox;
	struct ladder *ladder;
	struct ipc_server *doors;
	/* Of the command line; NULL: the operator is who the fronts are. */
	struct hasher *hasher;
	struct proofs *proofs;
	struct prover *prover;
	struct ipc_server *desk;
	struct event *term;
	struct loop_timer *settling; /* it ends */
	int64_t settle_end_us;
	stage_fn *tell;
	bool served; /* both stores were there once */
};

/* -------------------------------------------------------- room for others */

static void look_at_pool(void *arg);

static void
look_again(struct auth *a)
{
	a->yield_again = loop_try(a->base, YIELD_LOOK_MS, look_at_pool, a);
}

static void
look_at_pool(void *arg)
{
	struct auth *a = arg;
	struct pool_view view;
	bool did = a->yield.yields;

	a->yield_again = NULL;
	pool_view(a->pool, &view);
	if (yield_look(&a->yield, &view, clock_mono_us()) != did ||
	    !a->session_told)
		a->session_told = yield_tell(&a->yield, a->session);
	if (a->yield.yields || !a->session_told || view.working > 0 ||
	    view.waiting > 0)
		look_again(a);
}

static void
on_taken(void *arg)
{
	struct auth *a = arg;

	if (a->yield_again == NULL)
		look_again(a);
}

/* ----------------------------------------------------------------- doors */

static bool
take(void *arg, struct ipc_peer *door, const struct ipc_head *question,
    size_t bytes)
{
	struct auth *a = arg;

	return ladder_take(a->ladder, door, question, bytes);
}

static void
answer(void *door, struct ipc_head *message, size_t bytes)
{
	ipc_answer(door, message, bytes);
}

static void
on_gone(void *arg, struct ipc_peer *door)
{
	struct auth *a = arg;

	ladder_door_gone(a->ladder, door);
}

/* ------------------------------------------------------------------ desk */

static void
answer_desk(void *desk, struct ipc_head *message, size_t bytes)
{
	ipc_answer(desk, message, bytes);
	ipc_release(desk);
}

static bool
take_of_desk(void *arg, struct ipc_peer *desk, const struct ipc_head *question,
    size_t bytes)
{
	struct auth *a = arg;

	ipc_hold(desk); /* until answer_desk(), which may come at once */
	if (hasher_take(a->hasher, desk, question, bytes) ||
	    prover_take(a->prover, desk, question, bytes))
		return true;
	ipc_release(desk);
	return false;
}

static void
open_hasher(struct auth *a)
{
	a->hasher = hasher_open(&(struct hasher_options){
	    .base = a->base,
	    .pool = a->pool,
	    .mailbox = a->mailbox,
	    .threads = pool_threads(a->config->est.password_threads),
	    .answer = answer_desk,
	});
}

/* With the counters, the pool and the costs of everybody. */
static void
open_prover(struct auth *a)
{
	a->prover = prover_open(&(struct prover_options){
	    .ladder = { .attempts = a->attempts,
		.proofs = a->proofs,
		.pool = a->pool,
		.room = a->room,
		.costs = &a->costs,
		.failures = &a->failures,
		.mailbox = a->mailbox },
	    .limits = a->config->policy.limits,
	    .answer = answer_desk,
	});
}

static bool
open_desk(struct auth *a, int listener, struct fault *why)
{
	open_hasher(a);
	open_prover(a);
	a->desk = ipc_server_open(&(struct ipc_server_options){
	    .base = a->base,
	    .listener = listener,
	    .name = "desk",
	    .peer = a->config->service.operator_uid,
	    .version = DESK_VERSION,
	    .question_size = sizeof(struct desk_prove),
	    .take = take_of_desk,
	    .arg = a,
	});
	return (a->hasher != NULL && a->prover != NULL && a->desk != NULL) ||
	       fault_set(why, "no events: out of memory or descriptors");
}

/* ----------------------------------------------------------------- start */

static bool
read_secrets(struct auth *a, struct fault *why)
{
	const struct config *c = a->config;
	struct fault reason;

	a->code_key = secret_keep_key(c->code_key, &reason);
	if (a->code_key == NULL)
		return fault_set(why, "%s: %s", c->code_key, reason.text);
	a->grant_key = secret_keep_key(GRANT_KEY, &reason);
	if (a->grant_key == NULL)
		return fault_set(why, "%s: %s", GRANT_KEY, reason.text);
	if (!password_read_pepper(c->auth.pepper, c->auth.pepper_before, why))
		return false;
	if (c->redis.password == NULL)
		return true;
	a->redis_password = secret_keep_text(c->redis.password, &reason);
	if (a->redis_password == NULL)
		return fault_set(why, "%s: %s", c->redis.password, reason.text);
	a->redis_options.password = a->redis_password;
	return true;
}

static void
open_stores(struct auth *a)
{
	const struct config *c = a->config;
	struct attempts_policy policy = { .lock = c->policy.lock,
		.code = c->policy.code,
		.address_limit = c->policy.address_limit,
		.address_window_s = c->policy.address_window_s };

	a->redis_options.socket = c->redis.socket;
	a->redis_options.host = c->redis.host;
	a->redis_options.port = (int)c->redis.port;
	a->redis_options.user = c->redis.user;
	a->redis_options.waiting_max = 1024;
	a->redis = redis_open(a->base, &a->redis_options);
	a->attempts = attempts_new(a->redis, &policy);
	a->accounts = accounts_open(a->base, c->database.auth, ACCOUNTS_AUTH);
	a->proofs = proofs_open(a->base, c->database.auth);
}

static bool
open_ladder(struct auth *a, const struct stage_given *given, struct fault *why)
{
	const struct config *c = a->config;
	unsigned threads = pool_threads(c->est.password_threads);
	unsigned of_a_door = threads + c->est.password_queue;

	/* For the passwords that may be in work or wait at one time. */
	locked_try(2 * of_a_door + HASHER_MAX, AUTH_SECRET_SIZE);
	/* As much again for the others, when one door asks without end. */
	a->pool = pool_new(threads, 2 * of_a_door);
	a->room = share_new(2 * of_a_door);
	a->mailbox = pool_mailbox_new(a->base);
	if (a->pool == NULL || a->mailbox == NULL || a->room == NULL)
		return fault_set(why, "no threads for passwords");
	if (a->session >= 0)
		pool_watch(a->pool, on_taken, a);
	a->ladder = ladder_open(&(struct ladder_options){
	    .attempts = a->attempts,
	    .accounts = a->accounts,
	    .proofs = a->proofs,
	    .pool = a->pool,
	    .room = a->room,
	    .costs = &a->costs,
	    .failures = &a->failures,
	    .mailbox = a->mailbox,
	    .code_key = a->code_key,
	    .grant_key = a->grant_key,
	    .code = &c->policy.code,
	    .session_s = config_session_s(c),
	    .limits = c->policy.limits,
	    .input = &c->policy.input,
	    .profiles = c->profiles,
	    .profiles_count = c->profiles_count,
	    .answer = answer,
	});
	a->doors = ipc_server_open(&(struct ipc_server_options){
	    .base = a->base,
	    .listener = given->listener,
	    .name = "door",
	    .peer = given->asker,
	    .version = AUTH_VERSION,
	    .question_size = sizeof(struct auth_password),
	    .take = take,
	    .gone = on_gone,
	    .arg = a,
	});
	if (a->doors == NULL)
		return fault_set(why, "no events: out of descriptors");
	return true;
}

/* ----------------------------------------------------------------- costs */

static void
on_costs(void *arg, enum db_rc rc, const struct password_costs *costs)
{
	struct auth *a = arg;

	if (rc == DB_OK)
		a->costs = *costs;
}

static void
ask_costs(void *arg)
{
	struct auth *a = arg;

	a->costs_again = loop_after(a->base, COSTS_EVERY_MS, ask_costs, a);
	/* Where there is no memory for it, the next one comes soon enough. */
	(void)accounts_find_costs(a->accounts, on_costs, a);
}

/* -------------------------------------------------------------- failures */

static void
look_at_failures(void *arg)
{
	struct auth *a = arg;

	failures_look(&a->failures, clock_mono_us());
	a->failures_again = loop_after(
	    a->base, (int64_t)FAILURES_LOOK_S * 1000, look_at_failures, a);
}

/* ---------------------------------------------------------------- stores */

/* The first time; that stores come and go later is nobody's start. */
static void
look_around(void *arg)
{
	struct auth *a = arg;

	if (a->served || !redis_up(a->redis) || !accounts_up(a->accounts))
		return;
	a->served = true;
	a->tell(STAGE_SERVING);
}

/* The costs come before the first hash: they are asked for before it. */
static void
on_accounts(void *arg)
{
	struct auth *a = arg;

	loop_cancel(a->costs_again);
	ask_costs(a);
	look_around(a);
}

/* -------------------------------------------------------------------- end */

static bool
is_settled(const struct auth *a)
{
	return redis_idle(a->redis) && accounts_idle(a->accounts) &&
	       proofs_idle(a->proofs);
}

/*
 * Places that become failures, locks, codes whose mail is queued: what is told
 * to the stores behind an answer, and may wait a little, goes out before we do
 * (I-7, I-8, F-12).
 */
static void
settle(void *arg)
{
	struct auth *a = arg;

	a->settling = NULL;
	if (is_settled(a) || clock_mono_us() >= a->settle_end_us)
		event_base_loopbreak(a->base);
	else
		a->settling = loop_after(a->base, SETTLE_LOOK_MS, settle, a);
}

static void
on_term(evutil_socket_t number, short what, void *arg)
{
	struct auth *a = arg;

	(void)number;
	(void)what;
	if (a->settling != NULL)
		return;
	ipc_server_refuse(a->doors);
	if (a->desk != NULL)
		ipc_server_refuse(a->desk);
	a->settle_end_us = clock_mono_us() + (int64_t)SETTLE_MS * 1000;
	settle(a);
}

static bool
open_all(struct auth *a, const struct stage_given *given, struct fault *why)
{
	struct password_cost cost = {
		.memory_kib = a->config->policy.argon2_memory_kib,
		.passes = a->config->policy.argon2_passes,
	};

	password_open(&cost);
	a->costs = password_costs_now();
	a->failures.usual = a->config->policy.failures_per_minute;
	if (!read_secrets(a, why))
		return false;
	a->base = loop_new();
	open_stores(a);
	a->term = evsignal_new(a->base, SIGTERM, on_term, a);
	if (a->term == NULL || event_add(a->term, NULL) != 0)
		return fault_set(why, "no events: out of memory");
	/* The parent binds it only where it is of use (serve/services.h). */
	return open_ladder(a, given, why) &&
	       (given->listeners < 2 || open_desk(a, given->listener + 1, why));
}

static void
close_all(struct auth *a)
{
	loop_cancel(a->costs_again);
	loop_cancel(a->failures_again);
	loop_cancel(a->yield_again);
	loop_cancel(a->settling);
	ipc_server_close(a->desk);
	hasher_close(a->hasher);
	prover_close(a->prover);
	ipc_server_close(a->doors);
	ladder_close(a->ladder);
	pool_free(a->pool);
	pool_mailbox_free(a->mailbox);
	share_free(a->room);
	proofs_close(a->proofs);
	accounts_close(a->accounts);
	attempts_free(a->attempts);
	redis_close(a->redis);
	event_free(a->term);
	event_base_free(a->base);
	locked_free(a->redis_password);
	locked_free(a->grant_key);
	locked_free(a->code_key);
	password_pepper(NULL, NULL);
}

int
auth_run(const struct config *config, const struct stage_given *given)
{
	struct auth a = { .config = config,
		.tell = given->tell,
		.session = given->session,
		.session_told = true };
	struct fault why;

	if (!open_all(&a, given, &why)) {
		log_say(LOG_LINE_ERROR, "start", why.text);
		return 1; /* the process ends, and what it has with it */
	}
	log_say(LOG_LINE_INFO, "started", "auth takes questions");
	given->tell(STAGE_STARTED);
	redis_when_up(a.redis, look_around, &a);
	accounts_when_up(a.accounts, on_accounts, &a);
	look_around(&a);
	look_at_failures(&a);
	event_base_dispatch(a.base);
	log_say(LOG_LINE_INFO, "stopped", "auth has ended");
	close_all(&a);
	return 0;
}
