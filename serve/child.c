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
/* Opened before it is executed: then it is the program under valgrind, too. */
#define ITSELF "/proc/self/exe"

/* ------------------------------------------------- between fork and execve */

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

/* First out of the way: one may stand where another shall. */
static bool
place_descriptors(const struct child_given *given, int stage)
{
	int fds[CHILD_FD_END] = { [CHILD_FD_STAGE] = stage,
		[CHILD_FD_CONFIG] = given->config,
		[CHILD_FD_LOCK] = given->lock,
		[CHILD_FD_SOCKET] = given->socket };
	int i;

	for (i = CHILD_FD_STAGE; i < CHILD_FD_END; i++)
		if (fds[i] >= 0 &&
		    (fds[i] = fcntl(fds[i], F_DUPFD, CHILD_FD_END)) < 0)
			return false;
	for (i = CHILD_FD_STAGE; i < CHILD_FD_END; i++) {
		close(i);
		if (fds[i] >= 0 && dup2(fds[i], i) < 0)
			return false;
	}
	/* At execve, not now: `program` is among them. */
	return close_range(CHILD_FD_END, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

_Noreturn static void
cannot(const struct service *s)
{
	const char *reason = strerror(errno);
	struct log_line l;

	/* Its descriptor may have made room for another. */
	log_open("koshin", LOG_LINE_ERROR);
	log_begin(&l, LOG_LINE_ERROR, "process-not-started");
	log_text(&l, "process", s->name);
	log_text(&l, "reason", reason);
	log_end(&l);
	_exit(1);
}

/*
 * Becomes the process: it gains no rights, and does not outlive its parent.
 * Its argv[0] is what serve/entry.c knows it by.
 */
_Noreturn static void
become(const struct service *s, const struct child_given *given, int stage,
    pid_t parent)
{
	char name[32], path[4096];
	char *argv[] = { name, path, NULL };
	int program;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1); /* it died before it was asked to tell us */
	snprintf(name, sizeof(name), "koshin-%s", s->name);
	snprintf(path, sizeof(path), "%s", given->config_path);
	forget_signals();
	program = fcntl(open(ITSELF, O_PATH), F_DUPFD, CHILD_FD_END);
	if (program >= 0 && place_descriptors(given, stage))
		fexecve(program, argv, environ);
	cannot(s);
}

/* ----------------------------------------------------------- in the parent */

static void
set_stage(struct child *c, enum stage stage)
{
	c->stage = stage;
	c->stage_us = clock_mono_us();
}

static void
hear_no_more(struct child *c)
{
	if (c->stage_fd >= 0)
		close(c->stage_fd);
	c->stage_fd = -1;
}

static void
wait_longer(struct child *c)
{
	c->due_us = clock_mono_us() + loop_backoff_ms(c->deaths++) * 1000;
	c->pid = 0;
	set_stage(c, STAGE_BORN);
}

/* Too many processes or files, for now: the others go on meanwhile. */
static void
not_started(struct child *c)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "process-not-started");
	log_text(&l, "process", c->service->name);
	log_text(&l, "reason", strerror(errno));
	log_end(&l);
	wait_longer(c);
}

void
child_start(
    struct child *c, const struct service *s, const struct child_given *given)
{
	pid_t parent = getpid();
	int fds[2];

	c->service = s;
	c->stage_fd = -1;
	if (pipe2(fds, O_CLOEXEC) != 0) {
		not_started(c);
		return;
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	c->pid = fork();
	if (c->pid == 0)
		become(s, given, fds[1], parent);
	close(fds[1]);
	if (c->pid < 0) {
		not_started(c);
		close(fds[0]);
		return;
	}
	c->stage_fd = fds[0];
	set_stage(c, STAGE_BORN);
	c->due_us = clock_mono_us() + STEADY_US;
}

void
child_hear(struct child *c)
{
	unsigned char byte;
	ssize_t n;

	while (c->stage_fd >= 0) {
		n = read(c->stage_fd, &byte, 1);
		if (n == 1 && byte > c->stage && byte <= STAGE_SERVING)
			set_stage(c, (enum stage)byte);
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0 && errno == EAGAIN)
			return;
		else
			hear_no_more(c);
	}
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
	log_text(&l, "process", c->service->name);
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
	hear_no_more(c);
	wait_longer(c);
}
