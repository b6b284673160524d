#include "serve/parent.h"

#include "audit/sealer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "base/secret.h"
#include "serve/child.h"
#include "issuer/issuer.h"
#include "serve/preflight.h"
#include "est/server.h"
#include "mailer/courier.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_LIMIT_MS 15000
#define STOP_MARGIN_MS 2000

enum {
	SEALER,
	ISSUER,
	COURIER,
	FRONT,
	CHILDREN
};

struct serve {
	const struct config *config;
	struct preflight preflight;
	struct child children[CHILDREN];
	bool starting; /* who exits has told its reason (F-23: one line) */
	bool stopping;
};

/* ------------------------------------------------------------- processes */

static int
run_issuer(void *arg)
{
	struct serve *s = arg;

	return issuer_run(s->config, s->preflight.issuer_socket, child_ready);
}

static int
run_front(void *arg)
{
	struct serve *s = arg;

	preflight_close_issuer(&s->preflight);
	return server_run(s->config, child_ready);
}

/* A secret file that cannot be read: one line, and the exit status. */
static int
refuse(const char *path, const char *reason)
{
	struct fault why;

	fault_set(&why, "%s: %s", path, reason);
	log_say(LOG_LINE_ERROR, "start", why.text);
	return 1;
}

static int
run_courier(void *arg)
{
	struct serve *s = arg;
	const struct config *c = s->config;
	const struct config_mail *mail = &c->mail;
	struct courier_options o = { .conninfo = c->database.courier,
		.relay = mail->relay,
		.starttls = mail->starttls,
		.ca = mail->ca,
		.user = mail->user,
		.from = mail->from,
		.service = c->service.name,
		.domain = mail->domain,
		.templates = mail->templates,
		.connections = mail->connections,
		.give_up_h = mail->give_up_h,
		.retry_first_s = mail->retry_first_s,
		.retry_last_s = mail->retry_last_s,
		.profiles = c->profiles,
		.profile_count = c->profiles_count };
	char password[256];
	struct fault why;

	preflight_close_issuer(&s->preflight);
	if (!secret_read_key(c->code_key, &o.code_key, &why))
		return refuse(c->code_key, why.text);
	if (mail->password != NULL) {
		if (!secret_read_text(
			mail->password, password, sizeof(password), &why))
			return refuse(mail->password, why.text);
		o.password = password;
	}
	return courier_run(&o, child_ready);
}

static int
run_sealer(void *arg)
{
	struct serve *s = arg;
	const struct config *c = s->config;
	struct sealer_options o = { .conninfo = c->database.sealer,
		.head = c->audit.head };
	struct fault why;
	int status;

	preflight_close_issuer(&s->preflight);
	if (!secret_read_key(c->audit_key, &o.key, &why))
		return refuse(c->audit_key, why.text);
	status = sealer_run(&o, child_ready);
	secret_wipe(&o.key, sizeof(o.key));
	return status;
}

static const struct child_kind kinds[CHILDREN] = {
	[SEALER] = { "sealer", run_sealer },
	[ISSUER] = { "issuer", run_issuer },
	[COURIER] = { "courier", run_courier },
	[FRONT] = { "front", run_front },
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
		for (i = 0; i < CHILDREN; i++)
			child_ended(&s->children[i], pid, status,
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

/* All of them, each when the one before is ready; false if one could not. */
static bool
start_all(struct serve *s, const sigset_t *while_waiting)
{
	int64_t end_us = clock_mono_us() + (int64_t)START_LIMIT_MS * 1000;
	int i;

	for (i = 0; i < CHILDREN; i++) {
		child_start(&s->children[i], &kinds[i], s);
		while (!child_is_ready(&s->children[i])) {
			if (got_child)
				reap(s);
			if (s->children[i].pid == 0 || got_stop)
				return false;
			if (clock_mono_us() > end_us)
				return too_slow(&s->children[i]);
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
			child_signal(&s->children[FRONT], SIGHUP);
			child_signal(&s->children[COURIER], SIGHUP);
		}
		for (i = 0; i < CHILDREN; i++)
			if (child_is_due(&s->children[i]))
				child_start(&s->children[i], &kinds[i], s);
	}
}

/* SIGTERM, and SIGKILL when `limit_ms` is over. */
static void
stop(
    struct serve *s, int which, int64_t limit_ms, const sigset_t *while_waiting)
{
	struct child *c = &s->children[which];
	int64_t end_us = clock_mono_us() + limit_ms * 1000;

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
	int64_t drain_ms = (int64_t)s->config->est.drain_s * 1000;

	s->stopping = true;
	notify_send("STOPPING=1");
	stop(s, FRONT, drain_ms + STOP_MARGIN_MS, while_waiting);
	stop(s, COURIER, STOP_MARGIN_MS, while_waiting);
	stop(s, ISSUER, STOP_MARGIN_MS, while_waiting);
	/* Last, so that what the others did is sealed. */
	stop(s, SEALER, STOP_MARGIN_MS, while_waiting);
}

int
parent_run(const struct config *config)
{
	struct serve s = { .config = config };
	sigset_t while_waiting;
	struct fault why;
	int rc = 0;

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
