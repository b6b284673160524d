#include "serve/front_thread.h"

#include "base/loop.h"
#include "base/pool.h"
#include "base/rate.h"
#include "base/xalloc.h"
#include "http/gate.h"

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
	struct ipc_client *auth, *issuer;
	struct pool_mailbox *mailbox; /* what the pool has checked */
	struct rate *per_certificate;
	struct est est;
	struct engine *engine;
	struct gate_server *gate;
	pthread_t thread;
	struct event *bell; /* another thread has left an order */
	atomic_uint orders;
	bool served; /* all that it asks were there once */
	void (*up)(void *arg);
	void *up_arg;
	_Atomic(SSL_CTX *) next; /* of ORDER_RELOAD */
};

static void
on_drained(void *arg)
{
	struct front_thread *t = arg;

	event_base_loopbreak(t->base);
}

static void
take_context(struct front_thread *t)
{
	SSL_CTX *next = atomic_exchange(&t->next, NULL);

	if (next == NULL)
		return;
	gate_renew_tls(t->gate, next);
	SSL_CTX_free(next);
}

static void
on_bell(evutil_socket_t fd, short what, void *arg)
{
	struct front_thread *t = arg;
	unsigned orders = atomic_exchange(&t->orders, 0);

	(void)fd;
	(void)what;
	if (orders & ORDER_RELOAD)
		take_context(t);
	if (orders & ORDER_DRAIN)
		gate_drain(t->gate, on_drained, t);
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

static bool
listen_on(struct front_thread *t, unsigned threads,
    const struct front_listeners *listeners, SSL_CTX *tls, struct fault *why)
{
	const struct config_est *est = &t->shared->config->est;
	struct gate_limits limits = GATE_LIMITS_DEFAULT;
	struct gate_calls calls = engine_calls(t->engine);
	int bound[GATE_BOUND_MAX];

	limits.body_max = est->body_max;
	limits.memory_max = (size_t)share(est->memory_kib, threads) * 1024;
	limits.head_s = est->head_s;
	limits.body_s = est->body_s;
	limits.idle_s = est->idle_s;
	limits.write_s = est->write_s;
	limits.connections_max = share(est->connections_max, threads);
	limits.handshakes_per_address =
	    share(est->handshakes_per_address, threads);
	limits.handshakes_per_network =
	    share(est->handshakes_per_network, threads);
	limits.balancers = (struct gate_balancers){ t->shared->balancers,
		t->shared->config->listen.proxy_from_count };
	limits.per_address_max = share(est->per_address_max, threads);
	for (unsigned i = 0; i < listeners->count; i++)
		bound[i] = listeners->first + (int)i;
	t->gate = gate_open(
	    t->base, bound, listeners->count, tls, &limits, &calls, why);
	return t->gate != NULL;
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
	engine_mount(t->engine, &est_door, &t->est);
}

struct front_thread *
front_thread_new(const struct front_shared *shared, unsigned threads,
    const struct front_listeners *listeners, SSL_CTX *tls, struct fault *why)
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
	t->mailbox = xalloc_made(pool_mailbox_new(t->base));
	t->per_certificate =
	    rate_new(share(config->est.renewals_per_certificate, threads));
	t->engine = engine_new(t->base, (int64_t)config->est.request_s * 1000);
	mount_doors(t);
	return listen_on(t, threads, listeners, tls, why) ? t : NULL;
}

/* One of those that it asks has come. */
static void
look_around(void *arg)
{
	struct front_thread *t = arg;

	if (t->served || !accounts_up(t->accounts) || !ipc_client_up(t->auth) ||
	    !ipc_client_up(t->issuer))
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
front_thread_reload(struct front_thread *t, SSL_CTX *tls)
{
	SSL_CTX *unused;

	SSL_CTX_up_ref(tls);
	unused = atomic_exchange(&t->next, tls);
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
	gate_free(t->gate);
	engine_free(t->engine);
	rate_free(t->per_certificate);
	pool_mailbox_free(t->mailbox);
	ipc_client_close(t->issuer);
	ipc_client_close(t->auth);
	accounts_close(t->accounts);
	event_free(t->bell);
	event_base_free(t->base);
	free(t);
}
