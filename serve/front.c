#include "serve/front.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/xalloc.h"
#include "http/client_key.h"
#include "pki/secure_heap.h"
#include "serve/entry.h"
#include "serve/front_thread.h"
#include "serve/services.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* RSA-4096 takes 15 ms: what waits longer than that hears 503 at once. */
enum {
	CHECKS_WAITING = 256
};

struct front {
	struct front_shared shared;
	struct ca *ca;
	struct tls_options tls_options;
	SSL_CTX *tls;
	struct front_thread *threads[SERVICE_THREADS_MAX];
	unsigned count;
	atomic_uint missing; /* threads whose stores are not there yet */
	stage_fn *tell;
};

unsigned
front_threads(const struct config *config)
{
	unsigned threads = pool_threads(config->est.threads);

	return threads > SERVICE_THREADS_MAX ? SERVICE_THREADS_MAX : threads;
}

/* 0: it signs with another kind of key. */
static unsigned
rsa_bits(const X509 *certificate)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);

	return EVP_PKEY_is_a(key, "RSA") ? (unsigned)EVP_PKEY_get_bits(key) : 0;
}

struct tls_options
front_tls(const struct config *config, X509 *issuer)
{
	const struct config_tls *tls = &config->tls;

	return (struct tls_options){ .certificate = tls->certificate,
		.key = tls->key,
		.names = (const char *const *)tls->names,
		.names_count = tls->names_count,
		.ticket_key = tls->ticket_key,
		.session_s = tls->session_s,
		.issuer = issuer,
		.chain = client_chain_limits(config->profiles,
		    config->profiles_count, rsa_bits(issuer)) };
}

/* The configuration was refused if one of them is no range. */
static void
read_balancers(struct front_shared *shared)
{
	const struct config_listener *listen = &shared->config->listen;
	unsigned count = listen->proxy_from_count;

	if (count == 0)
		return;
	shared->balancers = xcalloc(count, sizeof(shared->balancers[0]));
	for (unsigned i = 0; i < count; i++)
		if (!address_range_read(
			listen->proxy_from[i], &shared->balancers[i]))
			abort();
}

static bool
open_shared(struct front *s, struct fault *why)
{
	const struct config *config = s->shared.config;
	const char *reason;

	s->shared.est.config = config;
	s->ca = ca_open(&config->ca, why);
	if (s->ca == NULL)
		return false;
	s->shared.est.ca = s->ca;
	reason = est_prepare(&s->shared.est);
	if (reason != NULL)
		return fault_set(why, "%s", reason);
	read_balancers(&s->shared);
	s->shared.est.checks = pool_new(front_threads(config), CHECKS_WAITING);
	if (s->shared.est.checks == NULL)
		return fault_set(why, "the system gives no threads");
	s->tls_options = front_tls(config, s->ca->certificate);
	s->tls = tls_new(&s->tls_options, why);
	return s->tls != NULL;
}

/* Who is told that we serve must not hear 503 from one of the threads. */
static void
on_up(void *arg)
{
	struct front *s = arg;

	if (atomic_fetch_sub(&s->missing, 1) == 1)
		s->tell(STAGE_SERVING);
}

static bool
open_threads(
    struct front *s, const struct stage_given *given, struct fault *why)
{
	unsigned i, threads = front_threads(s->shared.config);
	struct front_listeners listeners = { given->listener,
		given->listeners / threads };

	for (i = 0; i < threads; i++) {
		s->threads[i] = front_thread_new(
		    &s->shared, threads, &listeners, s->tls, why);
		listeners.first += (int)listeners.count;
		if (s->threads[i] == NULL)
			return false;
		s->count++;
	}
	s->tell(STAGE_STARTED);
	atomic_store(&s->missing, threads);
	for (i = 0; i < threads; i++)
		front_thread_start(s->threads[i], on_up, s);
	return true;
}

static void
reload(struct front *s)
{
	struct fault why;
	SSL_CTX *tls;
	unsigned i;

	entry_reload();
	tls = tls_new(&s->tls_options, &why);
	if (tls == NULL) {
		log_say(LOG_LINE_ERROR, "reload-refused", why.text);
		return;
	}
	for (i = 0; i < s->count; i++)
		front_thread_reload(s->threads[i], tls);
	SSL_CTX_free(s->tls);
	s->tls = tls;
	log_say(LOG_LINE_NOTICE, "reload", "TLS certificate and keys");
}

/* F-22: running requests end, or are cut when their time is over. */
static void
drain(struct front *s)
{
	int64_t end_us =
	    clock_mono_us() + (int64_t)s->shared.config->est.drain_s * 1000000;
	unsigned i;

	for (i = 0; i < s->count; i++)
		front_thread_drain(s->threads[i]);
	for (i = 0; i < s->count; i++)
		front_thread_end(s->threads[i], end_us);
	pool_free(s->shared.est.checks);
	for (i = 0; i < s->count; i++)
		front_thread_free(s->threads[i]);
}

static void
block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, signals, NULL);
}

int
front_run(const struct config *config, const struct stage_given *given)
{
	struct front s = { .shared = { .config = config },
		.tell = given->tell };
	sigset_t signals;
	struct fault why;
	int got = 0;

	block_signals(&signals);
	if (!tls_holds_memory())
		abort();
	secure_heap_open(config->est.connections_max);
	client_key_decode_directly();
	if (!open_shared(&s, &why) || !open_threads(&s, given, &why)) {
		log_say(LOG_LINE_ERROR, "start", why.text);
		return 1;
	}
	while (got != SIGTERM)
		if (sigwait(&signals, &got) == 0 && got == SIGHUP)
			reload(&s);
	drain(&s);
	est_release(&s.shared.est);
	SSL_CTX_free(s.tls);
	ca_free(s.ca);
	free(s.shared.balancers);
	return 0;
}
