#include "serve/front_thread.h"

#include "base/loop.h"
#include "base/pool.h"
#include "base/rate.h"
#include "base/xalloc.h"
#include "db/people.h"
#include "db/redis.h"
#include "http/gate.h"
#include "portal/reports.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum order {
	ORDER_RELOAD = 1 << 0,
	ORDER_DRAIN = 1 << 1,
	ORDER_STOP = 1 << 2,
};

struct front_thread {
	struct event_base *base;
	const struct front_shared *shared;
	struct accounts *accounts;
	struct people *people; /* in the member area; NULL: it is shut */
	struct ipc_client *auth, *issuer;
	struct ipc_client *keymaker; /* NULL: there is none */
	struct redis_options redis_options;
	struct redis *redis; /* of sessions of people; NULL: the door is shut */
	struct pool_mailbox *mailbox; /* what the pool has checked */
	struct rate *per_certificate;
	struct est est;
	struct portal portal, member, operator_;
	struct reports reports;
	struct {
		struct engine *engine;
		struct gate_server *gate; /* NULL: it is shut */
		_Atomic(SSL_CTX *) next;  /* of ORDER_RELOAD */
	} doors[FRONT_DOORS];
	unsigned open; /* doors with a gate that has not drained */
	pthread_t thread;
	struct event *bell; /* another thread has left an order */
	atomic_uint orders;
	bool served; /* all that it asks were there once */
	void (*up)(void *arg);
	void *up_arg;
};

static void
on_drained(void *arg)
{
	struct front_thread *t = arg;

	if (--t->open == 0)
		event_base_loopbreak(t->base);
}

static void
take_contexts(struct front_thread *t)
{
	for (int i = 0; i < FRONT_DOORS; i++) {
		SSL_CTX *next = atomic_exchange(&t->doors[i].next, NULL);

		if (next == NULL)
			continue;
		gate_renew_tls(t->doors[i].gate, next);
		SSL_CTX_free(next);
	}
}

static void
drain(struct front_thread *t)
{
	for (int i = 0; i < FRONT_DOORS; i++)
		if (t->doors[i].gate != NULL)
			gate_drain(t->doors[i].gate, on_drained, t);
}

static void
on_bell(evutil_socket_t fd, short what, void *arg)
{
	struct front_thread *t = arg;
	unsigned orders = atomic_exchange(&t->orders, 0);

	(void)fd;
	(void)what;
	if (orders & ORDER_RELOAD)
		take_contexts(t);
	if (orders & ORDER_DRAIN)
		drain(t);
	if (orders & ORDER_STOP)
		event_base_loopbreak(t->base);
}

static void
ring(struct front_thread *t, enum order order)
{
	atomic_fetch_or(&t->orders, (unsigned)order);
	event_active(t->bell, EV_READ, 0);
}

/* A share of a ceiling that all threads have together. */
static unsigned
share(unsigned ceiling, unsigned threads)
{
	return (ceiling + threads - 1) / threads;
}

/* For each door by itself. */
static struct gate_limits
limits_of(const struct front_thread *t, unsigned threads, enum front_door door)
{
	const struct config *config = t->shared->config;
	const struct config_est *est = &config->est;
	const unsigned most[FRONT_DOORS] = { est->connections_max,
		config->portal.connections_max, config->member.connections_max,
		config->operator_.connections_max };
	struct gate_limits limits = GATE_LIMITS_DEFAULT;

	limits.body_max = est->body_max;
	limits.memory_max = (size_t)share(est->memory_kib, threads) * 1024;
	limits.head_s = est->head_s;
	limits.body_s = est->body_s;
	limits.idle_s = est->idle_s;
	limits.write_s = est->write_s;
	limits.connections_max = share(most[door], threads);
	limits.handshakes_per_address =
	    share(est->handshakes_per_address, threads);
	limits.handshakes_per_network =
	    share(est->handshakes_per_network, threads);
	limits.balancers = (struct gate_balancers){ t->shared->balancers,
		config->listen.proxy_from_count };
	limits.per_address_max = share(est->per_address_max, threads);
	return limits;
}

static bool
listen_on(struct front_thread *t, unsigned threads, enum front_door door,
    const struct front_place *place, struct fault *why)
{
	struct gate_limits limits = limits_of(t, threads, door);
	struct gate_calls calls = engine_calls(t->doors[door].engine);
	int bound[GATE_BOUND_MAX];

	for (unsigned i = 0; i < place->count; i++)
		bound[i] = place->first + (int)i;
	t->doors[door].gate = gate_open(
	    t->base, bound, place->count, place->tls, &limits, &calls, why);
	t->open++;
	return t->doors[door].gate != NULL;
}

static bool
listen_on_all(struct front_thread *t, unsigned threads,
    const struct front_place *places, struct fault *why)
{
	for (int i = 0; i < FRONT_DOORS; i++)
		if (places[i].count > 0 &&
		    !listen_on(t, threads, i, &places[i], why))
			return false;
	return true;
}

/* What a door needs, and its mount line. */
static void
mount_doors(struct front_thread *t)
{
	t->est = (struct est){ .shared = &t->shared->est,
		.auth = t->auth,
		.accounts = t->accounts,
		.issuer = t->issuer,
		.mailbox = t->mailbox,
		.per_certificate = t->per_certificate };
	engine_mount(t->doors[FRONT_EST].engine, &est_door, &t->est);
	t->portal = (struct portal){ .shared = &t->shared->portal,
		.site = &t->shared->config->portal,
		.auth = t->auth,
		.accounts = t->accounts,
		.issuer = t->issuer,
		.keymaker = t->keymaker,
		.mailbox = t->mailbox,
		.redis = t->redis,
		.reports = &t->reports };
	t->member = t->portal;
	t->member.site = &t->shared->config->member;
	t->member.members = true;
	t->member.people = t->people;
	t->operator_ = t->member;
	t->operator_.site = &t->shared->config->operator_;
	t->operator_.operators = true;
	engine_mount(t->doors[FRONT_PORTAL].engine, portal_door(t->portal.site),
	    &t->portal);
	engine_mount(t->doors[FRONT_MEMBER].engine, portal_door(t->member.site),
	    &t->member);
	engine_mount(t->doors[FRONT_OPERATOR].engine,
	    portal_door(t->operator_.site), &t->operator_);
}

/* For the portal alone: EST goes on without. */
static void
open_redis(struct front_thread *t)
{
	const struct config_redis *c = &t->shared->config->redis;

	if (t->shared->config->portal.host == NULL)
		return;
	t->redis_options = (struct redis_options){ .socket = c->socket,
		.host = c->host,
		.port = (int)c->port,
		.user = c->front_user,
		.password = t->shared->redis_password,
		.waiting_max = 1024 };
	t->redis = redis_open(t->base, &t->redis_options);
}

struct front_thread *
front_thread_new(const struct front_shared *shared, unsigned threads,
    const struct front_place places[FRONT_DOORS], struct fault *why)
{
	struct front_thread *t = xcalloc(1, sizeof(*t));
	const struct config *config = shared->config;
	char path[256];

	t->shared = shared;
	t->base = loop_new();
	t->bell = loop_event(t->base, -1, EV_PERSIST, on_bell, t);
	t->accounts =
	    accounts_open(t->base, config->database.front, ACCOUNTS_FRONT);
	snprintf(path, sizeof(path), "%s/auth.sock", config->service.run);
	t->auth = auth_connect(t->base, path);
	snprintf(path, sizeof(path), "%s/issuer.sock", config->service.run);
	t->issuer = issuer_open(t->base, path);
	if (config->portal.host != NULL && config->portal.server_keys) {
		snprintf(path, sizeof(path), "%s/keymaker.sock",
		    config->service.run);
		t->keymaker = keymaker_connect(t->base, path);
	}
	open_redis(t);
	if (config_session_s(config) != 0)
		t->people = people_open(t->base, config->database.member);
	t->mailbox = xalloc_made(pool_mailbox_new(t->base));
	t->per_certificate =
	    rate_new(share(config->est.renewals_per_certificate, threads));
	for (int i = 0; i < FRONT_DOORS; i++)
		t->doors[i].engine =
		    engine_new(t->base, (int64_t)config->est.request_s * 1000);
	reports_begin(&t->reports, t->base);
	mount_doors(t);
	return listen_on_all(t, threads, places, why) ? t : NULL;
}

/* One of those that it asks has come. */
static void
look_around(void *arg)
{
	struct front_thread *t = arg;

	if (t->served || !accounts_up(t->accounts) || !ipc_client_up(t->auth) ||
	    !ipc_client_up(t->issuer) ||
	    (t->people != NULL && !people_up(t->people)) ||
	    (t->keymaker != NULL && !ipc_client_up(t->keymaker)) ||
	    (t->redis != NULL && !redis_up(t->redis)))
		return;
	t->served = true;
	t->up(t->up_arg);
}

static void *
run(void *arg)
{
	struct front_thread *t = arg;

	accounts_when_up(t->accounts, look_around, t);
	ipc_client_when_up(t->auth, look_around, t);
	ipc_client_when_up(t->issuer, look_around, t);
	if (t->people != NULL)
		people_when_up(t->people, look_around, t);
	if (t->keymaker != NULL)
		ipc_client_when_up(t->keymaker, look_around, t);
	if (t->redis != NULL)
		redis_when_up(t->redis, look_around, t);
	look_around(t);
	event_base_dispatch(t->base);
	return NULL;
}

void
front_thread_start(struct front_thread *t, void (*up)(void *arg), void *arg)
{
	t->up = up;
	t->up_arg = arg;
	if (pthread_create(&t->thread, NULL, run, t) != 0)
		abort();
}

void
front_thread_reload(struct front_thread *t, enum front_door door, SSL_CTX *tls)
{
	SSL_CTX *unused;

	SSL_CTX_up_ref(tls);
	unused = atomic_exchange(&t->doors[door].next, tls);
	SSL_CTX_free(unused);
	ring(t, ORDER_RELOAD);
}

void
front_thread_drain(struct front_thread *t)
{
	ring(t, ORDER_DRAIN);
}

void
front_thread_end(struct front_thread *t, int64_t end_us)
{
	struct timespec end = { .tv_sec = end_us / 1000000,
		.tv_nsec = end_us % 1000000 * 1000 };

	if (pthread_clockjoin_np(t->thread, NULL, CLOCK_MONOTONIC, &end) == 0)
		return;
	ring(t, ORDER_STOP);
	pthread_join(t->thread, NULL);
}

void
front_thread_free(struct front_thread *t)
{
	for (int i = 0; i < FRONT_DOORS; i++) {
		if (t->doors[i].gate != NULL)
			gate_free(t->doors[i].gate);
		engine_free(t->doors[i].engine);
	}
	reports_end(&t->reports);
	rate_free(t->per_certificate);
	pool_mailbox_free(t->mailbox);
	people_close(t->people);
	redis_close(t->redis);
	ipc_client_close(t->keymaker);
	ipc_client_close(t->issuer);
	ipc_client_close(t->auth);
	accounts_close(t->accounts);
	event_free(t->bell);
	event_base_free(t->base);
	free(t);
}
