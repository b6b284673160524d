#include "serve/parent.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "serve/child.h"
#include "serve/given.h"
#include "serve/own_certificates.h"
#include "serve/preflight.h"
#include "serve/rights.h"
#include "serve/sandbox.h"
#include "serve/services.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_LIMIT_US 15000000 /* for what a process reads of its own */
#define SETTLE_US 3000000	/* for the stores, which were there just now */
#define STOP_MARGIN_US 2000000
#define LOOK_AGAIN_US 500000 /* for stores that are not there yet */
#define TELL_WAITING_US 10000000
#define LOOK_AT_CERTIFICATES_US 3600000000

#define FOR_EVER INT64_MAX

struct serve {
	const struct config *config;
	struct given given;
	struct child children[SERVICES];
	sigset_t while_waiting;
	bool starting; /* who ends has told its reason (F-23: one line) */
	bool refused;  /* ... and one has */
	bool stopping;
	int64_t born_us;
	int64_t told_waiting_us; /* that stores are not there yet; 0: not */
	int64_t look_us;	 /* when our own certificates are due again */
	struct own_certificates_told certificates;
};

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

/* --------------------------------------------------------------- waiting */

static void
reap(struct serve *s)
{
	int status, i;
	pid_t pid;

	got_child = 0;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (s->starting)
			s->refused = true;
		for (i = 0; i < SERVICES; i++)
			child_ended(&s->children[i], pid, status,
			    s->stopping || (s->starting && WIFEXITED(status)));
	}
}

/*
 * Until a signal comes, a child tells something, or `until_us` of
 * clock_mono_us() is over; takes note of all children's deaths and words.
 */
static void
wait_until(struct serve *s, int64_t until_us)
{
	struct pollfd fds[SERVICES];
	int64_t left_us = until_us - clock_mono_us();
	struct timespec limit = { 0 };
	int i;

	if (left_us > 0) {
		limit.tv_sec = left_us / 1000000;
		limit.tv_nsec = left_us % 1000000 * 1000;
	}
	for (i = 0; i < SERVICES; i++) /* poll() passes by what is negative */
		fds[i] = (struct pollfd){ .fd = s->children[i].fd,
			.events = POLLIN };
	if (!got_stop && !got_child)
		ppoll(fds, SERVICES, until_us == FOR_EVER ? NULL : &limit,
		    &s->while_waiting);
	for (i = 0; i < SERVICES; i++)
		child_hear(&s->children[i]);
	if (got_child)
		reap(s);
}

/* ------------------------------------------------------------------ life */

/* With its files as they are now. */
static void
start_child(struct serve *s, int which)
{
	struct child_given given;
	struct fault why;

	if (given_begin(&s->given, &services[which], &given, &why))
		child_start(&s->children[which], &services[which], &given);
	else
		child_not_started(
		    &s->children[which], &services[which], why.text);
	given_end(&given);
}

static bool
too_slow(const struct child *c)
{
	char why[128];

	snprintf(why, sizeof(why), "the process %s is not ready after %d s",
	    c->service->name, START_LIMIT_US / 1000000);
	log_say(LOG_LINE_ERROR, "start", why);
	return false;
}

/*
 * Until it serves. A store that has gone since it was checked does not keep us
 * from starting, for it may come back: /cacerts answers without it.
 */
static bool
start(struct serve *s, int which)
{
	struct child *c = &s->children[which];
	int64_t until_us;

	start_child(s, which);
	while (c->pid != 0 && !s->refused && !got_stop) {
		until_us =
		    c->stage_us +
		    (c->stage == STAGE_BORN ? START_LIMIT_US : SETTLE_US);
		if (c->stage == STAGE_SERVING)
			return true;
		if (clock_mono_us() >= until_us)
			return c->stage == STAGE_STARTED || too_slow(c);
		wait_until(s, until_us);
	}
	return false;
}

/* Told when all have started, for who refuses is the only one that speaks. */
static void
tell_missing(const struct serve *s)
{
	char names[128] = "";
	struct log_line l;
	size_t used = 0;

	for (int i = 0; i < SERVICES; i++)
		if (service_runs(s->config, &services[i]) &&
		    s->children[i].stage != STAGE_SERVING)
			used +=
			    (size_t)snprintf(names + used, sizeof(names) - used,
				"%s%s", used > 0 ? " " : "", services[i].name);
	if (used == 0)
		return;
	log_begin(&l, LOG_LINE_WARN, "not-all-there");
	log_text(&l, "processes", names);
	log_text(&l, "reason",
	    "Redis, PostgreSQL or the issuer does not answer them yet");
	log_end(&l);
}

/* Each when the one before it serves; false if one could not start. */
static bool
start_all(struct serve *s)
{
	s->starting = true;
	for (int i = 0; i < SERVICES; i++)
		if (service_runs(s->config, &services[i]) && !start(s, i))
			return false;
	s->starting = false;
	tell_missing(s);
	return true;
}

/* Starts those whose wait is over. When the next one is: */
static int64_t
start_again(struct serve *s)
{
	int64_t next_us = FOR_EVER;

	for (int i = 0; i < SERVICES; i++) {
		struct child *c = &s->children[i];

		if (!service_runs(s->config, &services[i]))
			continue;
		if (c->pid == 0 && clock_mono_us() >= c->due_us)
			start_child(s, i);
		if (c->pid == 0 && c->due_us < next_us)
			next_us = c->due_us;
	}
	return next_us;
}

/* When a file is not there, nothing changes (F-77). */
static void
renew(struct serve *s, int which)
{
	struct child_given given;
	struct fault why;

	if (given_begin(&s->given, &services[which], &given, &why))
		child_reload(&s->children[which], &given);
	else
		log_say(LOG_LINE_ERROR, "reload-refused", why.text);
	given_end(&given);
}

static void
reload(struct serve *s)
{
	got_reload = 0;
	for (int i = 0; i < SERVICES; i++) {
		if (services[i].reloads)
			child_signal(&s->children[i], SIGHUP);
		if (services[i].renews)
			renew(s, i);
	}
	s->look_us = 0; /* they may be others now */
}

/* F-81, F-82: while we run, one ends that was far from it at the start. When
 * the next look is due: */
static int64_t
watch_certificates(struct serve *s)
{
	if (clock_mono_us() >= s->look_us) {
		own_certificates_watch(s->config, &s->certificates);
		s->look_us = clock_mono_us() + LOOK_AT_CERTIFICATES_US;
	}
	return s->look_us;
}

static void
keep_running(struct serve *s)
{
	int64_t look_us, again_us;

	while (!got_stop) {
		if (got_reload)
			reload(s);
		look_us = watch_certificates(s);
		again_us = start_again(s);
		wait_until(s, again_us < look_us ? again_us : look_us);
	}
}

/* SIGTERM, and SIGKILL when its time is over. */
static void
stop(struct serve *s, int which)
{
	struct child *c = &s->children[which];
	int64_t end_us = clock_mono_us() + STOP_MARGIN_US;

	if (services[which].drains)
		end_us += (int64_t)s->config->est.drain_s * 1000000;
	given_stop_listening(&s->given, &services[which]);
	child_signal(c, SIGTERM);
	while (c->pid != 0) {
		bool over = clock_mono_us() >= end_us;

		if (over)
			child_signal(c, SIGKILL);
		got_stop = 0;
		got_reload = 0;
		wait_until(s, over ? FOR_EVER : end_us);
	}
}

static void
stop_all(struct serve *s)
{
	s->stopping = true;
	notify_send("STOPPING=1");
	for (int i = SERVICES - 1; i >= 0; i--)
		stop(s, i);
}

/* ----------------------------------------------------------------- whole */

static void
on_fault(void *arg, const char *line)
{
	(void)arg;
	log_say(LOG_LINE_ERROR, "start", line);
}

static void
on_line(void *arg, enum preflight_line kind, const char *line)
{
	(void)arg;
	if (got_stop) /* while we waited: nobody asks what is missing */
		return;
	log_say(kind == PREFLIGHT_WRONG ? LOG_LINE_ERROR : LOG_LINE_WARN,
	    "start", line);
}

/* Then one that is taken over has the files and the memory of all. */
static void
tell_users(const struct config *config)
{
	if (getuid() == 0 && !rights_apart(&config->service))
		log_say(LOG_LINE_WARN, "users-shared",
		    "all processes are root; name their users in "
		    "service.users");
}

/* What the operator has allowed to be missing. */
static void
tell_sandbox(const struct config *config)
{
	struct fault why;

	if (config->service.sandbox == CONFIG_SANDBOX_OFF)
		log_say(
		    LOG_LINE_WARN, "sandbox-missing", "service.sandbox is off");
	else if (!sandbox_possible(&why))
		log_say(LOG_LINE_WARN, "sandbox-missing", why.text);
}

/* Of a store that is not there yet; once, and from time to time again. */
static void
tell_waiting(struct serve *s, const char *why, int64_t until_us)
{
	int64_t now_us = clock_mono_us();
	struct log_line l;

	if (s->told_waiting_us != 0 &&
	    now_us - s->told_waiting_us < TELL_WAITING_US)
		return;
	s->told_waiting_us = now_us;
	log_begin(&l, LOG_LINE_NOTICE, "waiting");
	log_text(&l, "reason", why);
	log_number(&l, "wait_s", (until_us - now_us) / 1000000);
	log_end(&l);
	/* systemd's own patience may be shorter than ours. */
	notify_send("EXTEND_TIMEOUT_USEC=30000000");
}

/* A machine that starts anew starts the stores beside us (C-43). */
static bool
on_away(void *arg, const char *why)
{
	struct serve *s = arg;
	int64_t until_us =
	    s->born_us + (int64_t)s->config->service.store_wait_s * 1000000;
	int64_t again_us;

	if (got_stop || clock_mono_us() >= until_us)
		return false;
	tell_waiting(s, why, until_us);
	again_us = clock_mono_us() + LOOK_AGAIN_US;
	while (!got_stop && clock_mono_us() < again_us)
		wait_until(s, again_us); /* the process that looked has ended */
	return !got_stop;
}

static bool
prepare(struct serve *s)
{
	struct fault why;

	s->born_us = clock_mono_us();
	if (!preflight(s->config, on_line,
		s->config->service.store_wait_s > 0 ? on_away : NULL, s))
		return false;
	tell_users(s->config);
	tell_sandbox(s->config);
	if (given_open(&s->given, s->config, &why))
		return true;
	on_fault(NULL, why.text);
	return false;
}

int
parent_run(const struct config *config)
{
	struct serve s = { .config = config };
	struct log_line l;
	int rc = 0;

	for (int i = 0; i < SERVICES; i++)
		s.children[i].fd = -1;
	log_open("koshin", config->log_level);
	catch_signals(&s.while_waiting);
	if (!prepare(&s))
		return got_stop ? 0 : 1;
	if (start_all(&s)) {
		log_begin(&l, LOG_LINE_NOTICE, "ready");
		log_text(&l, "version", KOSHIN_VERSION);
		log_end(&l);
		notify_send("READY=1");
		keep_running(&s);
	} else if (!got_stop) {
		rc = 1;
	}
	stop_all(&s);
	given_close(&s.given);
	log_say(LOG_LINE_NOTICE, "stopped", "all processes have ended");
	return rc;
}
