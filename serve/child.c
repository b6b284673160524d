#include "serve/child.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "serve/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEADY_US 10000000 /* a life this long clears the deaths */

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

/*
 * A session, and with it a share of the cores, of its own; -1: the system knows
 * no such shares. Later nobody but root may open this.
 */
static int
own_session(void)
{
	if (setsid() < 0)
		return -1;
	return open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
}

/* First out of the way: one may stand where another shall. */
static bool
place_descriptors(const struct child_given *given, int parent_end, int session)
{
	int fds[CHILD_FD_END];
	int i;

	memcpy(fds, given->fds, sizeof(fds));
	fds[CHILD_FD_PARENT] = parent_end;
	fds[CHILD_FD_SESSION] = session;
	for (i = CHILD_FD_PARENT; i < CHILD_FD_END; i++)
		if (fds[i] >= 0 &&
		    (fds[i] = fcntl(fds[i], F_DUPFD, CHILD_FD_END)) < 0)
			return false;
	for (i = CHILD_FD_PARENT; i < CHILD_FD_END; i++) {
		close(i);
		if (fds[i] >= 0 && dup2(fds[i], i) < 0)
			return false;
	}
	/* At execve, not now: `program` is among them. */
	return close_range(CHILD_FD_END, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

static void
tell_not_started(const struct service *s, const char *reason)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "process-not-started");
	log_text(&l, "process", s->name);
	log_text(&l, "reason", reason);
	log_end(&l);
}

_Noreturn static void
cannot(const struct service *s, const char *reason)
{
	/* Its descriptor may have made room for another. */
	log_open("koshin", LOG_LINE_ERROR);
	tell_not_started(s, reason);
	_exit(1);
}

/*
 * Becomes the process: it has and gains no rights but the user's, and does not
 * outlive its parent, which the kernel would forget with a change of rights.
 * Its argv[0] is what serve/entry.c knows it by.
 */
_Noreturn static void
become(const struct service *s, const struct child_given *given, int parent_end,
    pid_t parent)
{
	char name[32], path[4096], asker[16];
	char *argv[] = { name, path, asker, NULL };
	struct fault why;
	int program, session = s->yields ? own_session() : -1;

	if (!rights_drop(given->users, s->name, &why))
		cannot(s, why.text);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1); /* it died before it was asked to tell us */
	snprintf(name, sizeof(name), "koshin-%s", s->name);
	snprintf(path, sizeof(path), "%s", given->config_path);
	/* Where a library finds a function at its first call, the loader puts
	 * all registers onto the stack, a password in them too (I-11). */
	setenv("LD_BIND_NOW", "1", 1);
	snprintf(asker, sizeof(asker), "%u", (unsigned)given->asker);
	forget_signals();
	/* libpq brings it for LDAP, and it would keep 130 KiB for nothing. */
	setenv("GNUTLS_NO_IMPLICIT_INIT", "1", 1);
	program = fcntl(given->program, F_DUPFD, CHILD_FD_END);
	if (program >= 0 && place_descriptors(given, parent_end, session))
		fexecve(program, argv, environ);
	cannot(s, strerror(errno));
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
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void
wait_longer(struct child *c)
{
	c->due_us = clock_mono_us() + loop_backoff_ms(c->deaths++) * 1000;
	c->pid = 0;
	set_stage(c, STAGE_BORN);
}

/* Too many processes or files, for now: the others go on meanwhile. */
void
child_not_started(struct child *c, const struct service *s, const char *reason)
{
	c->service = s;
	c->fd = -1;
	tell_not_started(s, reason);
	wait_longer(c);
}

void
child_start(
    struct child *c, const struct service *s, const struct child_given *given)
{
	pid_t parent = getpid(), pid = -1;
	int fds[2] = { -1, -1 };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0 &&
	    fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0)
		pid = fork();
	if (pid == 0)
		become(s, given, fds[1], parent);
	if (pid < 0) {
		child_not_started(c, s, strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return;
	}
	c->pid = pid;
	close(fds[1]);
	c->service = s;
	c->fd = fds[0];
	c->call.mark = 0;
	set_stage(c, STAGE_BORN);
	c->due_us = clock_mono_us() + STEADY_US;
}

void
child_hear(struct child *c)
{
	struct sandbox_call told;
	ssize_t n;

	while (c->fd >= 0) {
		n = read(c->fd, &told, sizeof(told));
		if (n == 1 && told.mark > c->stage &&
		    told.mark <= STAGE_SERVING)
			set_stage(c, (enum stage)told.mark);
		else if (n == sizeof(told) && told.mark == SANDBOX_CALL_MARK)
			c->call = told;
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

void
child_reload(const struct child *c, const struct child_given *given)
{
	unsigned char which[SERVICE_SECRETS_MAX];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(SERVICE_SECRETS_MAX * sizeof(int))];
	} control = { .room = { 0 } };
	struct iovec data = { which, 0 };
	struct msghdr m = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control
	};
	int fds[SERVICE_SECRETS_MAX] = { 0 };

	for (unsigned char i = 0; i < SERVICE_SECRETS_MAX; i++)
		if (given->fds[CHILD_FD_SECRETS + i] >= 0) {
			fds[data.iov_len] = given->fds[CHILD_FD_SECRETS + i];
			which[data.iov_len++] = i;
		}
	m.msg_controllen = CMSG_SPACE(data.iov_len * sizeof(int));
	control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(data.iov_len * sizeof(int)) };
	memcpy(CMSG_DATA(&control.head), fds, data.iov_len * sizeof(int));
	/* Whoever does not take them, or is dying, keeps what it has. */
	if (c->fd >= 0 && data.iov_len > 0)
		(void)sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	child_signal(c, SIGHUP);
}

static void
tell_death(const struct child *c, int status)
{
	struct log_line l;
	char call[32];

	log_begin(&l, LOG_LINE_ERROR, "process-died");
	log_text(&l, "process", c->service->name);
	log_number(&l, "pid", c->pid);
	if (WIFSIGNALED(status))
		log_number(&l, "signal", WTERMSIG(status));
	if (c->call.mark == SANDBOX_CALL_MARK) {
		sandbox_call_name(&c->call, call, sizeof(call));
		log_text(&l, "call", call);
	}
	if (!WIFSIGNALED(status))
		log_number(&l, "status", WEXITSTATUS(status));
	log_end(&l);
}

void
child_ended(struct child *c, pid_t pid, int status, bool quiet)
{
	if (pid != c->pid)
		return;
	child_hear(c); /* its last word */
	if (!quiet)
		tell_death(c, status);
	if (clock_mono_us() > c->due_us)
		c->deaths = 0;
	hear_no_more(c);
	wait_longer(c);
}
