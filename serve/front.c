#include "serve/front.h"

#include "base/clock.h"
#include "base/locked.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "http/client_key.h"
#include "pki/secure_heap.h"
#include "serve/entry.h"
#include "serve/front_thread.h"
#include "serve/services.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* RSA-4096 takes 15 ms: what waits longer than that hears 503 at once. */
enum {
	CHECKS_WAITING = 256
};

struct front {
	struct front_shared shared;
	struct ca *ca;
	struct tls_options tls_options[FRONT_DOORS];
	SSL_CTX *tls[FRONT_DOORS]; /* NULL: it is shut */
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

	return (struct tls_options){ .listener = "koshin-est",
		.certificate = tls->certificate,
		.key = tls->key,
		.names = (const char *const *)tls->names,
		.names_count = tls->names_count,
		.ticket_key = tls->ticket_key,
		.session_s = tls->session_s,
		.issuer = issuer,
		.chain = client_chain_limits(config->profiles,
		    config->profiles_count, rsa_bits(issuer)) };
}

static void
take_certificate(struct tls_options *options, const struct config *config,
    const struct config_site *site)
{
	bool own = site->certificate != NULL;

	options->certificate =
	    own ? site->certificate : config->tls.certificate;
	options->key = own ? site->key : config->tls.key;
}

struct tls_options
front_portal_tls(const struct config *config)
{
	struct tls_options options = { .listener = "koshin-portal",
		.no_client_certificate = true,
		.ticket_key = config->tls.ticket_key,
		.session_s = config->tls.session_s };

	take_certificate(&options, config, &config->portal);
	return options;
}

/* Without tickets: what was shown under one of its many names is shown again
 * under the next, and so are revocations felt at once. */
struct tls_options
front_asking_tls(
    const struct config *config, const struct config_site *site, X509 *issuer)
{
	struct tls_options options = front_tls(config, issuer);
	bool member = site == &config->member;

	options.listener = member ? "koshin-member" : "koshin-operator";
	options.names = NULL;
	options.names_count = 0;
	options.ticket_key = NULL;
	take_certificate(&options, config, site);
	return options;
}

/* False: what is wrong with one of them is told. */
static bool
open_contexts(
    const struct front *s, SSL_CTX *tls[FRONT_DOORS], struct fault *why)
{
	for (int i = 0; i < FRONT_DOORS; i++) {
		tls[i] = NULL;
		if (s->tls_options[i].certificate == NULL)
			continue;
		tls[i] = tls_new(&s->tls_options[i], why);
		if (tls[i] == NULL)
			return false;
	}
	return true;
}

static void
free_contexts(SSL_CTX *tls[FRONT_DOORS])
{
	for (int i = 0; i < FRONT_DOORS; i++)
		SSL_CTX_free(tls[i]);
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
read_redis_password(struct front_shared *shared, struct fault *why)
{
	const char *file = shared->config->redis.front_password;
	struct fault reason;

	if (file == NULL || shared->config->portal.host == NULL)
		return true;
	shared->redis_password = secret_keep_text(file, &reason);
	return shared->redis_password != NULL ||
	       fault_set(why, "%s: %s", file, reason.text);
}

static bool
open_shared(struct front *s, struct fault *why)
{
	const struct config *config = s->shared.config;
	const char *reason;

	s->shared.est.config = s->shared.portal.config = config;
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
	s->shared.portal.ca = s->ca;
	s->shared.portal.own = &s->shared.est.own;
	s->shared.portal.checks = s->shared.est.checks;
	if (!read_redis_password(&s->shared, why))
		return false;
	s->tls_options[FRONT_EST] = front_tls(config, s->ca->certificate);
	if (!brand_make(&s->shared.portal.brand, config, why))
		return false;
	if (config->portal.host != NULL)
		s->tls_options[FRONT_PORTAL] = front_portal_tls(config);
	if (config->member.host != NULL)
		s->tls_options[FRONT_MEMBER] = front_asking_tls(
		    config, &config->member, s->ca->certificate);
	if (config->operator_.host != NULL)
		s->tls_options[FRONT_OPERATOR] = front_asking_tls(
		    config, &config->operator_, s->ca->certificate);
	return open_contexts(s, s->tls, why);
}

static unsigned
port_of(int listener)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} name = { .v6 = { 0 } };
	socklen_t len = sizeof(name);

	if (getsockname(listener, &name.any, &len) != 0)
		abort();
	return ntohs(name.any.sa_family == AF_INET ? name.v4.sin_port
						   : name.v6.sin6_port);
}

/* The listeners of all threads are those of one door, then those of the next,
 * which has another port. */
static void
find_places(const struct front *s, const struct stage_given *given,
    unsigned threads, struct front_place places[FRONT_DOORS])
{
	const struct config *config = s->shared.config;
	const unsigned port[FRONT_DOORS] = { config->listen.port,
		config->portal.port, config->member.port,
		config->operator_.port };
	int at = given->listener, end = at + (int)given->listeners;

	for (int door = 0; door < FRONT_DOORS; door++) {
		int first = at;

		while (at < end && s->tls[door] != NULL &&
		       port_of(at) == port[door])
			at++;
		places[door] = (struct front_place){ first,
			(unsigned)(at - first) / threads, s->tls[door] };
	}
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
	struct front_place places[FRONT_DOORS];

	find_places(s, given, threads, places);
	for (i = 0; i < threads; i++) {
		s->threads[i] =
		    front_thread_new(&s->shared, threads, places, why);
		for (int door = 0; door < FRONT_DOORS; door++)
			places[door].first += (int)places[door].count;
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
	SSL_CTX *tls[FRONT_DOORS] = { NULL };

	entry_reload();
	if (!open_contexts(s, tls, &why)) {
		free_contexts(tls);
		log_say(LOG_LINE_ERROR, "reload-refused", why.text);
		return;
	}
	for (int door = 0; door < FRONT_DOORS; door++)
		for (unsigned i = 0; tls[door] != NULL && i < s->count; i++)
			front_thread_reload(s->threads[i], door, tls[door]);
	free_contexts(s->tls);
	memcpy(s->tls, tls, sizeof(tls));
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
	brand_free(&s.shared.portal.brand);
	free_contexts(s.tls);
	ca_free(s.ca);
	locked_free(s.shared.redis_password);
	free(s.shared.balancers);
	return 0;
}
