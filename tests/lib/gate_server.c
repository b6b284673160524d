/*
 * A server that is all gate: it answers what the gate lets through with what
 * it was asked, so that a test over raw sockets sees what an application sees.
 *
 *	gate_server [name=value ...]      e.g. head_s=1 cert=c.pem key=k.pem
 *	                                  balancer=127.0.0.2
 *
 * prints `port N` when it listens, drains on SIGTERM, and then ends with 0.
 *
 *	/...            "METHOD path query length checksum\n"
 *	/...?delay=MS   the same, later
 *	/big/N          N bytes
 *	/none           204
 *	/close          closes, though nobody asked for it
 *	/short          the same as any other, once there was no memory to keep
 *			what came behind it; the log says when it waits for that
 *	/field/NAME     the values of that field, one a line
 *	/stats          connections, counts, open descriptors
 *	/test/greeting  the test door (tests/lib/test_door.h), by an engine;
 *			clerk_ms is how long its clerk takes
 */
#include <assert.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sys/queue.h>

#include <evhtp.h>

#include "base/crumbs.h"
#include "base/held.h"
#include "base/log.h"
#include "base/loop.h"
#include "http/gate.h"
#include "http/tls.h"
#include "tests/lib/test_door.h"

struct pending {
	evhtp_request_t *request;
	struct loop_timer *timer;
	TAILQ_ENTRY(pending) all;
};

static TAILQ_HEAD(, pending) all_pending = TAILQ_HEAD_INITIALIZER(all_pending);
static struct event_base *base;
static struct gate_server *gate;
static struct test_door door;
static struct gate_calls behind_door; /* the engine's */
static struct address_range balancer; /* who names its clients */

static void
answer_bytes(evhtp_request_t *r, const void *body, size_t len)
{
	static const struct gate_field fields[] = {
		{ "Content-Type", "text/plain; charset=utf-8" },
		{ "Cache-Control", "no-store" },
	};

	gate_reply(r, &(struct gate_reply){ .status = 200,
			  .fields = fields,
			  .n_fields = 2,
			  .body = body,
			  .len = len,
			  .close = strcmp(r->uri->path->full, "/close") == 0 });
}

static void
answer_echo(evhtp_request_t *r)
{
	size_t i, len = evbuffer_get_length(r->buffer_in);
	const unsigned char *body =
	    len > 0 ? evbuffer_pullup(r->buffer_in, -1) : NULL;
	const char *query = (const char *)r->uri->query_raw;
	unsigned sum = 0;
	char text[8192];

	for (i = 0; i < len; i++)
		sum = sum * 31 + body[i];
	snprintf(text, sizeof(text), "%s %s %s %zu %u\n",
	    htparser_get_methodstr_m(r->method), r->uri->path->full,
	    query != NULL ? query : "-", len, sum);
	answer_bytes(r, text, strlen(text));
}

static void
answer_field(evhtp_request_t *r, const char *name)
{
	evhtp_header_t *h;
	char text[16384];
	size_t n = 0;

	TAILQ_FOREACH (h, r->headers_in, next)
		if (strcasecmp(h->key, name) == 0)
			n += (size_t)snprintf(
			    text + n, sizeof(text) - n, "[%s]\n", h->val);
	answer_bytes(r, text, n);
}

static unsigned long long
away(enum turnaway why)
{
	return gate_counts(gate)->turned_away[why];
}

static void
answer_stats(evhtp_request_t *r)
{
	const struct gate_counts *c = gate_counts(gate);
	DIR *dir = opendir("/proc/self/fd");
	char text[512], peer[64] = "?";
	int n_fd = -3; /* `.`, `..` and this one */

	while (dir != NULL && readdir(dir) != NULL)
		n_fd++;
	if (dir != NULL)
		closedir(dir);
	gate_peer(r, peer, sizeof(peer));
	snprintf(text, sizeof(text),
	    "connections=%u\nin_work=%u\naccepted=%llu\n"
	    "full=%llu\naddress=%llu\nproxy=%llu\nidle=%llu\n"
	    "rate=%llu\nmemory=%llu\nheld=%zu\n"
	    "accept_errors=%llu\nrequests=%llu\nrefused=%llu\ngone=%llu\n"
	    "descriptors=%d\npeer=%s\ntls=%s\n",
	    gate_connections(gate), gate_requests_in_work(gate),
	    (unsigned long long)c->accepted, away(TURNAWAY_FULL),
	    away(TURNAWAY_ADDRESS), away(TURNAWAY_PROXY), away(TURNAWAY_IDLE),
	    away(TURNAWAY_RATE), away(TURNAWAY_MEMORY), held_bytes(),
	    (unsigned long long)c->accept_errors,
	    (unsigned long long)c->requests, (unsigned long long)c->refused,
	    (unsigned long long)c->gone, n_fd, peer,
	    r->conn->ssl != NULL ? SSL_get_version(r->conn->ssl) : "-");
	answer_bytes(r, text, strlen(text));
}

static void
answer_big(evhtp_request_t *r, size_t len)
{
	char *body = malloc(len + 1);

	assert(body != NULL);
	memset(body, 'x', len);
	answer_bytes(r, body, len);
	free(body);
}

static void
answer(evhtp_request_t *r)
{
	const char *path = r->uri->path->full;

	if (strcmp(path, "/stats") == 0)
		answer_stats(r);
	else if (strcmp(path, "/none") == 0)
		gate_reply(r, &(struct gate_reply){ .status = 204 });
	else if (strncmp(path, "/big/", 5) == 0)
		answer_big(r, strtoul(path + 5, NULL, 10));
	else if (strncmp(path, "/field/", 7) == 0)
		answer_field(r, path + 7);
	else
		answer_echo(r);
}

static void
forget(struct pending *p)
{
	TAILQ_REMOVE(&all_pending, p, all);
	free(p);
}

static void
on_delay(void *arg)
{
	struct pending *p = arg;
	evhtp_request_t *r = p->request;

	forget(p);
	answer(r);
}

/* libevent's buffers: what it receives into, and where the gate keeps it. */
#define BUFFER 512
static unsigned buffers_left; /* 1: the next one is refused */
static struct pending *waits_for_refusal;

static void *
malloc_or_not(size_t size)
{
	if (size < BUFFER || buffers_left == 0 || --buffers_left > 0)
		return crumbs_malloc(size);
	waits_for_refusal->timer =
	    loop_after(base, 0, on_delay, waits_for_refusal);
	return NULL;
}

static void
wait_for_refusal(struct pending *p)
{
	waits_for_refusal = p;
	buffers_left = 2;
	log_say(LOG_LINE_INFO, "short", "the second buffer from here on");
}

static bool
is_test(const evhtp_request_t *r)
{
	return strncmp(r->uri->path->full, "/test/", 6) == 0;
}

static void
on_request(evhtp_request_t *r, void *arg)
{
	const char *query = (const char *)r->uri->query_raw;
	bool is_short = strcmp(r->uri->path->full, "/short") == 0;
	struct pending *p;

	(void)arg;
	if (is_test(r)) {
		behind_door.request(r, behind_door.arg);
		return;
	}
	if (!is_short && (query == NULL || strncmp(query, "delay=", 6) != 0)) {
		answer(r);
		return;
	}
	p = calloc(1, sizeof(*p));
	assert(p != NULL);
	p->request = r;
	TAILQ_INSERT_TAIL(&all_pending, p, all);
	if (is_short)
		wait_for_refusal(p);
	else
		p->timer =
		    loop_after(base, strtol(query + 6, NULL, 10), on_delay, p);
}

static void
on_gone(evhtp_request_t *r, void *arg)
{
	struct pending *p;

	(void)arg;
	if (is_test(r)) {
		behind_door.gone(r, behind_door.arg);
		return;
	}
	TAILQ_FOREACH (p, &all_pending, all)
		if (p->request == r)
			break;
	assert(p != NULL);
	loop_cancel(p->timer);
	forget(p);
}

static void
on_drained(void *arg)
{
	(void)arg;
	assert(gate_connections(gate) == 0);
	event_base_loopbreak(base);
}

static void
on_signal(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
	gate_drain(gate, on_drained, NULL);
}

static const char *
option(char **argv, const char *name)
{
	size_t n = strlen(name);

	for (; *argv != NULL; argv++)
		if (strncmp(*argv, name, n) == 0 && (*argv)[n] == '=')
			return *argv + n + 1;
	return NULL;
}

static unsigned
number(char **argv, const char *name, unsigned otherwise)
{
	const char *text = option(argv, name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static SSL_CTX *
tls_context(char **argv)
{
	const char *cert = option(argv, "cert");
	SSL_CTX *ctx;

	if (cert == NULL)
		return NULL;
	ctx = SSL_CTX_new(TLS_server_method());
	assert(ctx != NULL);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(
	    ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(
		ctx, option(argv, "key"), SSL_FILETYPE_PEM) != 1)
		exit(1);
	return ctx;
}

int
main(int argc, char **argv)
{
	struct gate_limits l = GATE_LIMITS_DEFAULT;
	struct gate_calls calls = { .request = on_request, .gone = on_gone };
	struct engine *engine;
	struct event *term;
	bool counted = tls_holds_memory();
	SSL_CTX *tls = tls_context(argv);
	struct fault why;
	int bound;

	assert(counted);
	(void)argc;
	signal(SIGPIPE, SIG_IGN); /* as main() of koshin does */
	log_open("gate", LOG_LINE_INFO);
	base = loop_new();
	engine = engine_new(base, number(argv, "limit_ms", 10000));
	test_door_init(&door, base, number(argv, "clerk_ms", 0));
	engine_mount(engine, &test_door, &door);
	behind_door = engine_calls(engine);
	l.head_s = number(argv, "head_s", l.head_s);
	l.body_s = number(argv, "body_s", l.body_s);
	l.idle_s = number(argv, "idle_s", l.idle_s);
	l.write_s = number(argv, "write_s", l.write_s);
	l.connections_max = number(argv, "connections", l.connections_max);
	l.per_address_max = number(argv, "per_address", 0);
	l.handshakes_per_address = number(argv, "handshakes", 0);
	l.handshakes_per_network = number(argv, "network_handshakes", 0);
	l.memory_max = number(argv, "memory", (unsigned)l.memory_max);
	l.tell_s = number(argv, "tell_s", l.tell_s);
	if (option(argv, "balancer") != NULL) {
		if (!address_range_read(option(argv, "balancer"), &balancer))
			return 1;
		l.balancers = (struct gate_balancers){ &balancer, 1 };
	}
	bound = gate_bind("127.0.0.1", 0, false, &why);
	gate = gate_open(base, &bound, 1, tls, &l, &calls, &why);
	if (gate == NULL)
		return 1;
	event_set_mem_functions(malloc_or_not, crumbs_realloc, crumbs_free);
	term = evsignal_new(base, SIGTERM, on_signal, NULL);
	event_add(term, NULL);
	printf("port %u\n", gate_port(gate));
	fflush(stdout);
	event_base_dispatch(base);
	gate_free(gate);
	engine_free(engine);
	test_door_end(&door);
	event_free(term);
	SSL_CTX_free(tls);
	event_base_free(base);
	return 0;
}
