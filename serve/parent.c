#include "serve/parent.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "serve/child.h"
#include "serve/preflight.h"
#include "serve/services.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define START_LIMIT_MS 15000
#define STOP_MARGIN_MS 2000

struct serve;

/* A row of the table, and who runs for it. */
struct place {
	struct serve *serve;
	const struct service *service;
	struct child_kind kind;
	struct child child;
};

struct serve {
	const struct config *config;
	struct preflight preflight;
	struct place places[SERVICES];
	bool starting; /* who exits has told its reason (F-23: one line) */
	bool stopping;
};

/* In the child. */
static int
run_service(void *arg)
{
	struct place *p = arg;
	struct preflight *preflight = &p->serve->preflight;

	if (!p->service->issuer_socket)
		preflight_close_issuer(preflight);
	return p->service->run(
	    p->serve->config, preflight->issuer_socket, child_ready);
}

/* --------------------------------------------------------------- signals */

static volatile sig_atomic_t got_stop, got_reload, got_child;

static void
on_signal(int number)
{
	if (number == SIGHUP)
		got_reload = 1;
	else if (number == SIGCHLD)
		got_child = 1;
	else
		got_stop = 1;
}

/* Blocked but for the moments in which we wait, so that none is missed. */
static void
catch_signals(sigset_t *while_waiting)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t ours;
	size_t i;

	sigemptyset(&ours);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaddset(&ours, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &ours, while_waiting);
	signal(SIGPIPE, SIG_IGN);
}

static void
wait_signal(const sigset_t *while_waiting, int64_t ms)
{
	struct timespec limit = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	if (got_stop || got_reload || got_child)
		return;
	pselect(0, NULL, NULL, NULL, &limit, while_waiting);
}

/* ------------------------------------------------------------------ life */

static void
reap(struct serve *s)
{
	int status, i;
	pid_t pid;

	got_child = 0;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < SERVICES; i++)
			child_ended(&s->places[i].child, pid, status,
			    s->stopping || (s->starting && WIFEXITED(status)));
}

static bool
too_slow(const struct child *c)
{
	struct fault why;

	fault_set(&why, "the process %s is not ready after %d s", c->kind->name,
	    START_LIMIT_MS / 1000);
	log_say(LOG_LINE_ERROR, "start", why.text);
	return false;
}

static struct child *
start_one(struct place *p)
{
	child_start(&p->child, &p->kind, p);
	return &p->child;
}

/* All of them, each when the one before is ready; false if one could not. */
static bool
start_all(struct serve *s, const sigset_t *while_waiting)
{
	int64_t end_us = clock_mono_us() + (int64_t)START_LIMIT_MS * 1000;
	int i;

	for (i = 0; i < SERVICES; i++) {
		struct child *c = start_one(&s->places[i]);

		while (!child_is_ready(c)) {
			if (got_child)
				reap(s);
			if (c->pid == 0 || got_stop)
				return false;
			if (clock_mono_us() > end_us)
				return too_slow(c);
			wait_signal(while_waiting, 5);
		}
	}
	return true;
}

static void
keep_running(struct serve *s, const sigset_t *while_waiting)
{
	int i;

	while (!got_stop) {
		wait_signal(while_waiting, 200);
		if (got_child)
			reap(s);
		if (got_reload) {
			got_reload = 0;
			for (i = 0; i < SERVICES; i++)
				if (services[i].reloads)
					child_signal(
					    &s->places[i].child, SIGHUP);
		}
		for (i = 0; i < SERVICES; i++)
			if (child_is_due(&s->places[i].child))
				start_one(&s->places[i]);
	}
}

/* SIGTERM, and SIGKILL when `limit_ms` is over. */
static void
stop(struct serve *s, int which, const sigset_t *while_waiting)
{
	struct child *c = &s->places[which].child;
	int64_t limit_ms = STOP_MARGIN_MS;
	int64_t end_us;

	if (services[which].drains)
		limit_ms += (int64_t)s->config->est.drain_s * 1000;
	end_us = clock_mono_us() + limit_ms * 1000;
	child_signal(c, SIGTERM);
	while (c->pid != 0) {
		if (clock_mono_us() > end_us)
			child_signal(c, SIGKILL);
		wait_signal(while_waiting, 20);
		got_stop = 0;
		got_reload = 0;
		if (got_child)
			reap(s);
	}
}

static void
stop_all(struct serve *s, const sigset_t *while_waiting)
{
	s->stopping = true;
	notify_send("STOPPING=1");
	for (int i = SERVICES - 1; i >= 0; i--)
		stop(s, i, while_waiting);
}

int
parent_run(const struct config *config)
{
	struct serve s = { .config = config };
	sigset_t while_waiting;
	struct fault why;
	int rc = 0;

	for (int i = 0; i < SERVICES; i++)
		s.places[i] = (struct place){ .serve = &s,
			.service = &services[i],
			.kind = { services[i].name, run_service } };
	log_open("koshin", config->log_level);
	catch_signals(&while_waiting);
	if (!preflight_open(config, &s.preflight, &why)) {
		log_say(LOG_LINE_ERROR, "start", why.text);
		return 1;
	}
	s.starting = true;
	if (start_all(&s, &while_waiting)) {
		s.starting = false;
		log_say(LOG_LINE_NOTICE, "ready", KOSHIN_VERSION);
		notify_send("READY=1");
		keep_running(&s, &while_waiting);
	} else if (!got_stop) {
		rc = 1;
	}
	stop_all(&s, &while_waiting);
	preflight_close(&s.preflight);
	log_say(LOG_LINE_NOTICE, "stopped", "all processes have ended");
	return rc;
}
