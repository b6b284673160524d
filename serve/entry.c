#include "serve/entry.h"

#include "base/clock.h"
#include "base/locked.h"
#include "base/log.h"
#include "base/secret.h"
#include "config/config_settings.h"
#include "policy/grant.h"
#include "serve/child.h"
#include "serve/reach.h"
#include "serve/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PREFIX "koshin-"
/* Free at the end of a heap: more goes back to the system at once. The C
 * library begins with the same, and would raise it to as much as 64 MiB. */
#define FREE_MAX (128 << 10)

const struct service *
entry_service(const char *argv0)
{
	size_t len = sizeof(PREFIX) - 1;

	for (int i = 0; i < SERVICES; i++)
		if (strncmp(argv0, PREFIX, len) == 0 &&
		    strcmp(argv0 + len, services[i].name) == 0)
			return &services[i];
	return NULL;
}

static void
tell_lock(void)
{
	struct rlimit limit = { 0, 0 };
	struct log_line l;

	if (!locked_short())
		return;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	log_begin(&l, LOG_LINE_ERROR, "memory-not-locked");
	log_number(&l, "limit", (int64_t)limit.rlim_cur);
	log_text(&l, "reason",
	    "keys may be swapped out; raise RLIMIT_MEMLOCK (LimitMEMLOCK= of "
	    "systemd, ulimit -l)");
	log_end(&l);
}

static void
tell(enum stage stage)
{
	unsigned char byte = (unsigned char)stage;

	if (stage == STAGE_STARTED)
		tell_lock();
	/* What the start has freed goes back to the system. */
	if (stage == STAGE_SERVING)
		malloc_trim(0);
	/* A parent that does not hear is dead, and we are next. */
	(void)send(CHILD_FD_PARENT, &byte, 1, MSG_NOSIGNAL);
}

/* Of all secrets it has those of its row, opened by its parent. */
static void
take_secrets(const struct service *s, const struct config *config)
{
	const char *path;

	for (size_t i = 0; i < config_settings_count; i++)
		if (config_settings_secret(&config_settings[i]) &&
		    (path = service_setting(
			 config, config_settings[i].offset)) != NULL)
			secret_give(path, -EPERM);
	if (s->grants)
		secret_give(GRANT_KEY, CHILD_FD_GRANT);
	for (int i = 0; i < SERVICE_SECRETS_MAX && s->secrets[i] != 0; i++)
		if ((path = service_setting(config, s->secrets[i])) != NULL)
			secret_give(path, CHILD_FD_SECRETS + i);
}

/* One message of child_reload(); false if there is none. */
static bool
take_message(void)
{
	unsigned char which[SERVICE_SECRETS_MAX];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(SERVICE_SECRETS_MAX * sizeof(int))];
	} control;
	struct iovec data = { which, sizeof(which) };
	struct msghdr m = { .msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n =
	    recvmsg(CHILD_FD_PARENT, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fds[SERVICE_SECRETS_MAX];

	if (n <= 0 || m.msg_controllen < CMSG_LEN((size_t)n * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(&control.head), (size_t)n * sizeof(int));
	for (ssize_t i = 0; i < n; i++) {
		dup2(fds[i], CHILD_FD_SECRETS + which[i]);
		close(fds[i]);
	}
	return true;
}

void
entry_reload(void)
{
	while (take_message())
		;
}

static void
on_fault(void *arg, const char *line)
{
	(void)arg;
	log_say(LOG_LINE_ERROR, "start", line);
}

static void
take_name(const struct service *s)
{
	char name[16]; /* of the kernel's size */

	snprintf(name, sizeof(name), PREFIX "%s", s->name);
	prctl(PR_SET_NAME, name, 0, 0, 0);
}

/* False: refused, and said why. */
static bool
confine(const struct service *s, const struct config *config)
{
	enum config_sandbox wanted = config->service.sandbox;
	struct sandbox box;
	struct fault why;

	if (wanted == CONFIG_SANDBOX_OFF)
		return true;
	reach_open(s, config, &box);
	if (sandbox_enter(&box, CHILD_FD_PARENT, &why))
		return true;
	if (wanted == CONFIG_SANDBOX_BEST_EFFORT)
		return true; /* the parent has told it, once for all */
	log_say(LOG_LINE_ERROR, "start", why.text);
	return false;
}

int
entry_refuse(const char *path, const char *reason)
{
	struct fault why;

	fault_set(&why, "%s: %s", path, reason);
	log_say(LOG_LINE_ERROR, "start", why.text);
	return 1;
}

static int
run(const struct service *s, entry_work *work, const struct config *config,
    const char *asker, unsigned listeners)
{
	struct stage_given given = { .listener = CHILD_FD_LISTENERS,
		.listeners = listeners,
		.asker = (uid_t)strtoul(asker, NULL, 10),
		.session = fcntl(CHILD_FD_SESSION, F_GETFD) < 0
			       ? -1
			       : CHILD_FD_SESSION,
		.tell = tell };

	if (!clock_zone(config->service.zone)) {
		log_say(LOG_LINE_ERROR, "start",
		    "service.zone: the system knows this zone no more");
		return 1;
	}
	if (!confine(s, config))
		return 1;
	return work(config, &given);
}

static unsigned
listeners_given(void)
{
	unsigned count = 0;

	while (count < SERVICE_LISTENERS_MAX &&
	       fcntl(CHILD_FD_LISTENERS + (int)count, F_GETFD) >= 0)
		count++;
	return count;
}

int
entry_run(const struct service *s, entry_work *work, const char *path,
    const char *asker)
{
	/* Before a number behind them is anybody's. */
	unsigned listeners = listeners_given();
	struct config *config;
	int status;

	if (fcntl(CHILD_FD_CONFIG, F_GET_SEALS) < 0) {
		fprintf(stderr, PREFIX "%s: is started by `koshin serve`\n",
		    s->name);
		return 1;
	}
	take_name(s);
	mallopt(M_TRIM_THRESHOLD, FREE_MAX);
	config = config_take(CHILD_FD_CONFIG, path, on_fault, NULL);
	if (config == NULL)
		return 1;
	/* Before the memory is closed: then /proc/self is too. */
	log_open(s->name, config->log_level);
	rights_close_memory();
	take_secrets(s, config);
	status = run(s, work, config, asker, listeners);
	config_free(config);
	return status;
}
