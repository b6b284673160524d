#include "est/worker.h"

#include "base/loop.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "est/flow.h"
#include "http/gate.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACKLOG 1024
#define LOOK_MS 5

enum order {
	ORDER_RELOAD = 1 << 0,
	ORDER_DRAIN = 1 << 1,
	ORDER_STOP = 1 << 2,
};

struct worker {
	struct front front;
	evhtp_t *htp;
	struct gate_server *gate;
	pthread_t thread;
	struct event *bell; /* another thread has left an order */
	atomic_uint orders;
	atomic_bool ready;
	_Atomic(SSL_CTX *) next; /* of ORDER_RELOAD */
	struct redis_options redis;
	char password[256]; /* of Redis; lives as the connection */
};

static void
on_request(evhtp_request_t *r, void *arg)
{
	struct worker *w = arg;

	flow_begin(&w->front, r);
}

static void
on_gone(evhtp_request_t *r, void *arg)
{
	struct worker *w = arg;

	flow_gone(&w->front, r);
}

static void
on_drained(void *arg)
{
	struct worker *w = arg;

	event_base_loopbreak(w->front.base);
}

/* Connections that live keep the old context; they hold references. */
static void
take_context(struct worker *w)
{
	SSL_CTX *next = atomic_exchange(&w->next, NULL);

	if (next == NULL)
		return;
	SSL_CTX_free(w->htp->ssl_ctx);
	w->htp->ssl_ctx = next;
}

static void
on_bell(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	unsigned orders = atomic_exchange(&w->orders, 0);

	(void)fd;
	(void)what;
	if (orders & ORDER_RELOAD)
		take_context(w);
	if (orders & ORDER_DRAIN)
		gate_drain(w->gate, on_drained, w);
	if (orders & ORDER_STOP)
		event_base_loopbreak(w->front.base);
}

static void
ring(struct worker *w, enum order order)
{
	atomic_fetch_or(&w->orders, (unsigned)order);
	event_active(w->bell, EV_READ, 0);
}

/* A share of a ceiling that all threads have together. */
static unsigned
share(unsigned ceiling, unsigned threads)
{
	return (ceiling + threads - 1) / threads;
}

static bool
listen_on(struct worker *w, unsigned threads, SSL_CTX *tls, struct fault *why)
{
	const struct config *config = w->front.shared->config;
	const struct config_est *est = &config->est;
	struct gate_limits limits = GATE_LIMITS_DEFAULT;
	struct gate_calls calls = { on_request, on_gone, w };
	char address[80];

	limits.body_max = est->body_max;
	limits.head_s = est->head_s;
	limits.body_s = est->body_s;
	limits.idle_s = est->idle_s;
	limits.write_s = est->write_s;
	limits.connections_max = share(est->connections_max, threads);
	limits.per_address_max = share(est->per_address_max, threads);
	w->htp = evhtp_new(w->front.base, NULL);
	if (w->htp == NULL)
		xalloc_failed();
	SSL_CTX_up_ref(tls);
	w->htp->ssl_ctx = tls;
	evhtp_enable_flag(w->htp, EVHTP_FLAG_ENABLE_REUSEPORT);
	snprintf(address, sizeof(address), "%s%s",
	    strchr(config->listen.address, ':') == NULL ? "ipv4:" : "ipv6:",
	    config->listen.address);
	if (evhtp_bind_socket(
		w->htp, address, (uint16_t)config->listen.port, BACKLOG) != 0) {
		return fault_set(why, "cannot listen on %s port %u: %s",
		    config->listen.address, config->listen.port,
		    strerror(errno));
	}
	w->gate = gate_attach(w->htp, &limits, &calls);
	return true;
}

static bool
connect_redis(struct worker *w, struct fault *why)
{
	const struct config *config = w->front.shared->config;
	const struct config_redis *redis = &config->redis;
	struct attempts_policy policy = { .lock = config->policy.lock,
		.code = config->policy.code,
		.address_limit = config->policy.address_limit,
		.address_window_s = config->policy.address_window_s };
	struct fault reason;

	w->redis = (struct redis_options){ .socket = redis->socket,
		.host = redis->host,
		.port = (int)redis->port,
		.answer_ms = 500,
		.waiting_max = 1024 };
	if (redis->password != NULL) {
		if (!secret_read_text(redis->password, w->password,
			sizeof(w->password), &reason)) {
			return fault_set(
			    why, "%s: %s", redis->password, reason.text);
		}
		w->redis.password = w->password;
	}
	w->front.redis = redis_open(w->front.base, &w->redis);
	w->front.attempts = attempts_new(w->front.redis, &policy);
	return true;
}

struct worker *
worker_new(const struct front_shared *shared, unsigned threads, SSL_CTX *tls,
    struct fault *why)
{
	struct worker *w = xcalloc(1, sizeof(*w));
	const struct config *config = shared->config;
	char path[256];

	w->front.shared = shared;
	w->front.base = loop_new();
	w->front.mailbox = pool_mailbox_new(w->front.base);
	w->bell = event_new(w->front.base, -1, EV_PERSIST, on_bell, w);
	if (w->front.mailbox == NULL || w->bell == NULL)
		xalloc_failed();
	if (!listen_on(w, threads, tls, why) || !connect_redis(w, why))
		return NULL; /* the process ends with its reason */
	w->front.accounts =
	    accounts_open(w->front.base, config->database.front);
	snprintf(path, sizeof(path), "%s/issuer.sock", config->service.run);
	w->front.issue = issuer_open(w->front.base, path);
	return w;
}

/* Until all that it asks is there for the first time. */
static void
look_around(void *arg)
{
	struct worker *w = arg;

	if (redis_up(w->front.redis) && accounts_up(w->front.accounts) &&
	    issuer_up(w->front.issue))
		atomic_store(&w->ready, true);
	else
		loop_after(w->front.base, LOOK_MS, look_around, w);
}

static void *
run(void *arg)
{
	struct worker *w = arg;

	look_around(w);
	event_base_dispatch(w->front.base);
	return NULL;
}

void
worker_start(struct worker *w)
{
	if (pthread_create(&w->thread, NULL, run, w) != 0)
		abort();
}

bool
worker_ready(const struct worker *w)
{
	return atomic_load(&w->ready);
}

void
worker_reload(struct worker *w, SSL_CTX *tls)
{
	SSL_CTX *unused;

	SSL_CTX_up_ref(tls);
	unused = atomic_exchange(&w->next, tls);
	SSL_CTX_free(unused);
	ring(w, ORDER_RELOAD);
}

void
worker_drain(struct worker *w)
{
	ring(w, ORDER_DRAIN);
}

void
worker_end(struct worker *w, int64_t end_us)
{
	struct timespec end = { .tv_sec = end_us / 1000000,
		.tv_nsec = end_us % 1000000 * 1000 };

	if (pthread_clockjoin_np(w->thread, NULL, CLOCK_MONOTONIC, &end) == 0)
		return;
	ring(w, ORDER_STOP);
	pthread_join(w->thread, NULL);
}

void
worker_free(struct worker *w)
{
	gate_free(w->gate);
	issuer_close(w->front.issue);
	accounts_close(w->front.accounts);
	attempts_free(w->front.attempts);
	redis_close(w->front.redis);
	event_free(w->bell);
	evhtp_free(w->htp);
	pool_mailbox_free(w->front.mailbox);
	event_base_free(w->front.base);
	secret_wipe(w->password, sizeof(w->password));
	free(w);
}
