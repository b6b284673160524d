#include "serve/child.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEADY_US 10000000 /* a life this long clears the deaths */

static int tell_ready = -1; /* in the child */

/*
 * What no process of ours may do: gain rights, leave a core with secrets in
 * it, be read by others of the same user, outlive its parent.
 */
static void
shed_rights(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer traces its own process */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

static void
forget_signals(void)
{
	static const int numbers[] = { SIGTERM, SIGCHLD };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_DFL);
	/* Ctrl-C reaches the whole group; only the parent heeds it. */
	signal(SIGINT, SIG_IGN);
	/*
	 * The parent passes it on to whoever runs, also to one that has just
	 * been started. Linux queues it all the same where it is blocked.
	 */
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void
live(const struct child_kind *kind, void *arg, pid_t parent)
{
	char name[16]; /* of the kernel's size */

	shed_rights();
	if (getppid() != parent)
		_exit(1); /* it died before it was asked to tell us */
	snprintf(name, sizeof(name), "koshin-%s", kind->name);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	forget_signals();
	log_as(kind->name);
	exit(kind->run(arg));
}

static void
wait_longer(struct child *c)
{
	c->due_us = clock_mono_us() + loop_backoff_ms(c->deaths++) * 1000;
	c->pid = 0;
}

/* Too many processes or files, for now: the others go on meanwhile. */
static void
not_started(struct child *c)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "process-not-started");
	log_text(&l, "process", c->kind->name);
	log_text(&l, "reason", strerror(errno));
	log_end(&l);
	wait_longer(c);
}

void
child_start(struct child *c, const struct child_kind *kind, void *arg)
{
	pid_t parent = getpid();
	int fds[2];

	c->kind = kind;
	c->ready = false;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
		not_started(c);
		return;
	}
	c->pid = fork();
	if (c->pid < 0) {
		not_started(c);
		close(fds[0]);
		close(fds[1]);
		return;
	}
	if (c->pid == 0) {
		close(fds[0]);
		tell_ready = fds[1];
		live(kind, arg, parent);
	}
	close(fds[1]);
	c->ready_fd = fds[0];
	c->due_us = clock_mono_us() + STEADY_US;
}

void
child_ready(void)
{
	if (tell_ready < 0 || write(tell_ready, "r", 1) != 1)
		return;
	close(tell_ready);
	tell_ready = -1;
}

bool
child_is_ready(struct child *c)
{
	char byte;

	if (!c->ready && c->pid != 0 && read(c->ready_fd, &byte, 1) == 1)
		c->ready = true;
	return c->ready;
}

void
child_signal(const struct child *c, int number)
{
	if (c->pid > 0)
		kill(c->pid, number);
}

static void
tell_death(const struct child *c, int status)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "process-died");
	log_text(&l, "process", c->kind->name);
	log_number(&l, "pid", c->pid);
	if (WIFSIGNALED(status))
		log_number(&l, "signal", WTERMSIG(status));
	else
		log_number(&l, "status", WEXITSTATUS(status));
	log_end(&l);
}

void
child_ended(struct child *c, pid_t pid, int status, bool quiet)
{
	if (pid != c->pid)
		return;
	if (!quiet)
		tell_death(c, status);
	if (clock_mono_us() > c->due_us)
		c->deaths = 0;
	wait_longer(c);
	c->ready = false;
	close(c->ready_fd);
}

bool
child_is_due(const struct child *c)
{
	return c->pid == 0 && clock_mono_us() >= c->due_us;
}
