/*
 * estbench - drives an EST server and tells what it costs. This file puts
 * the parts together: read, prepare, warm up, measure, report.
 */
#include "bench/csrs.h"
#include "bench/floor.h"
#include "bench/idle.h"
#include "bench/identity.h"
#include "bench/load.h"
#include "bench/options.h"
#include "bench/peer.h"
#include "bench/procs.h"
#include "bench/report.h"
#include "bench/tally.h"

#include <event2/event.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define EXIT_UNEXPECTED 1
#define EXIT_USAGE 2
#define SETTLE_S 0.2	     /* after the last answer */
#define CSRS_PER_SECOND 2000 /* as many as a core can issue */
#define CSRS_MAX 200000
#define FILES_SPARE 64 /* descriptors beside the connections */

struct bench {
	struct options o;
	struct identities all;
	struct peer peer;
	struct event_base *base;
	struct event *signals[2];
	struct csrs *csrs;
	struct load *load;
	struct idle idle;
	struct tally warm; /* of the warm-up, not reported */
	struct tally tally;
	struct procs before;
	struct procs after;
};

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct bench *b = arg;

	(void)sig;
	(void)what;
	idle_stop(&b->idle, b->base);
	if (b->load != NULL)
		load_stop(b->load);
}

/* False when the kernel would not give that many descriptors. */
static bool
raise_files(int connections)
{
	rlim_t want = (rlim_t)connections + FILES_SPARE;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return false;
	if (r.rlim_cur >= want)
		return true;
	r.rlim_cur = r.rlim_max;
	if (r.rlim_max >= want && setrlimit(RLIMIT_NOFILE, &r) == 0)
		return true;
	fprintf(stderr,
	    "estbench: %d connections need %lu open files, ulimit -Hn "
	    "is %lu\n",
	    connections, (unsigned long)want, (unsigned long)r.rlim_max);
	return false;
}

static bool
read_procs(struct bench *b, struct procs *p)
{
	if (procs_read(p, b->o.pids, b->o.pid_count, b->o.pid_tree))
		return true;
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].gone)
			fprintf(stderr, "estbench: process %ld does not run\n",
			    (long)p->list[i].pid);
	return false;
}

/* A wrong --pid should show before the run, not after it. */
static bool
servers_run(struct bench *b)
{
	struct procs p;
	bool ok = read_procs(b, &p);

	procs_free(&p);
	return ok;
}

static bool
start(struct bench *b)
{
	static const int numbers[] = { SIGINT, SIGTERM };

	signal(SIGPIPE, SIG_IGN);
	if (!raise_files(b->o.connections) || !servers_run(b) ||
	    !identities_load(&b->all, &b->o) || !peer_open(&b->peer, &b->o))
		return false;
	b->base = event_base_new();
	if (b->base == NULL) {
		fprintf(stderr, "estbench: no event loop\n");
		return false;
	}
	for (size_t i = 0; i < 2; i++) {
		b->signals[i] = evsignal_new(b->base, numbers[i], on_signal, b);
		if (b->signals[i] == NULL ||
		    event_add(b->signals[i], NULL) != 0)
			return false;
	}
	return true;
}

static void
stop(struct bench *b)
{
	load_free(b->load);
	csrs_free(b->csrs);
	tally_free(&b->warm);
	tally_free(&b->tally);
	procs_free(&b->before);
	procs_free(&b->after);
	idle_free(&b->idle);
	for (size_t i = 0; i < 2; i++)
		if (b->signals[i] != NULL)
			event_free(b->signals[i]);
	if (b->base != NULL)
		event_base_free(b->base);
	peer_close(&b->peer);
	identities_free(&b->all);
	options_free(&b->o);
}

static bool
not_stopped(void *arg)
{
	struct bench *b = arg;

	event_base_loop(b->base, EVLOOP_NONBLOCK);
	return !load_is_stopped(b->load);
}

/* Connections that kept mode gives to certificate `owner`. */
static size_t
share(const struct bench *b, size_t owner)
{
	size_t n = b->all.cert_count, slots = (size_t)b->o.connections;

	return slots / n + (owner < slots % n);
}

/*
 * As many bodies for each owner as it will need: exactly, where requests
 * take their owners in turn; with something to spare, where each connection
 * has its owner and some connections are faster than others.
 */
static size_t
bodies_for(const struct bench *b, size_t owner, size_t total)
{
	size_t n = b->all.cert_count;

	if (b->o.mode == OPTIONS_ENROLL)
		n = b->all.user_count;
	if (b->o.fresh || b->o.mode == OPTIONS_ENROLL || n == 1)
		return total / n + (owner < total % n);
	if (share(b, owner) == 0)
		return 0;
	return total * share(b, owner) / (size_t)b->o.connections * 5 / 4 + 8;
}

static bool
prepare_csrs(struct bench *b)
{
	const struct options *o = &b->o;
	size_t n =
	    o->mode == OPTIONS_ENROLL ? b->all.user_count : b->all.cert_count;
	double total = (double)o->requests;

	if (o->requests == 0 && o->csrs > 0)
		total = (double)o->csrs;
	else if (o->requests == 0)
		total = o->run_s * CSRS_PER_SECOND;
	if (o->requests == 0 && o->csrs == 0 && total > CSRS_MAX)
		total = CSRS_MAX;
	for (size_t i = 0; i < n; i++) {
		size_t count =
		    bodies_for(b, i, (size_t)total + (size_t)o->warmup);

		if (!csrs_prepare(b->csrs, i, count, not_stopped, b))
			return false;
	}
	return true;
}

/* Nothing heard is not good either. */
static bool
all_good(const struct bench *b)
{
	return b->tally.good > 0 && tally_errors(&b->tally) == 0 &&
	       tally_errors(&b->warm) == 0;
}

static int
run_load(struct bench *b)
{
	struct report r = { .o = &b->o,
		.tally = &b->tally,
		.before = &b->before,
		.after = &b->after };
	size_t late;
	enum load_rc rc = LOAD_DONE;
	bool alive;

	if (options_enrolls(&b->o))
		b->csrs = csrs_new(&b->o, &b->all);
	b->load = load_new(b->base, &b->o, &b->peer, &b->all, b->csrs);
	if (b->csrs != NULL && !prepare_csrs(b) && !load_is_stopped(b->load))
		return EXIT_UNEXPECTED;
	if (b->o.warmup > 0)
		rc = load_run(b->load, b->o.warmup, 0, &b->warm);
	load_pause(b->load, SETTLE_S);
	late = b->csrs != NULL ? csrs_late(b->csrs) : 0;
	alive = read_procs(b, &b->before);
	if (rc == LOAD_DONE)
		rc = load_run(b->load, b->o.requests, b->o.run_s, &b->tally);
	load_pause(b->load, SETTLE_S);
	alive = read_procs(b, &b->after) && alive;
	r.tls = load_tls(b->load);
	r.stopped = rc == LOAD_STOPPED;
	r.warmup_errors = tally_errors(&b->warm);
	r.hopeless = rc == LOAD_HOPELESS;
	r.csrs_made = b->csrs != NULL ? csrs_made(b->csrs) : 0;
	r.csrs_late = b->csrs != NULL ? csrs_late(b->csrs) - late : 0;
	report_load(&r);
	return alive && rc != LOAD_HOPELESS && all_good(b) ? EXIT_SUCCESS
							   : EXIT_UNEXPECTED;
}

static int
run_idle(struct bench *b)
{
	bool alive = idle_run(&b->idle, b->base, &b->o, &b->peer, &b->all);

	report_idle(&b->o, &b->idle);
	return alive && b->idle.failed == 0 && b->idle.dropped == 0
		   ? EXIT_SUCCESS
		   : EXIT_UNEXPECTED;
}

int
main(int argc, char **argv)
{
	struct bench b = { 0 };
	int rc = EXIT_UNEXPECTED;

	switch (options_parse(&b.o, argc, argv)) {
	case OPTIONS_HELP:
		options_help();
		options_free(&b.o);
		return EXIT_SUCCESS;
	case OPTIONS_WRONG:
		options_free(&b.o);
		return EXIT_USAGE;
	case OPTIONS_OK:
		break;
	}
	if (b.o.mode == OPTIONS_FLOOR)
		rc = floor_run(&b.o) ? EXIT_SUCCESS : EXIT_UNEXPECTED;
	else if (start(&b))
		rc = b.o.mode == OPTIONS_IDLE ? run_idle(&b) : run_load(&b);
	stop(&b);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "estbench: stdout: %s\n", strerror(errno));
		rc = EXIT_UNEXPECTED;
	}
	return rc;
}
