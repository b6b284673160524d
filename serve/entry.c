#include "serve/entry.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/child.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PREFIX "koshin-"

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
tell(enum stage stage)
{
	unsigned char byte = (unsigned char)stage;

	/* A parent that does not hear is dead, and we are next. */
	if (write(CHILD_FD_STAGE, &byte, 1) != 1 || stage == STAGE_SERVING)
		close(CHILD_FD_STAGE);
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

/*
 * No core with secrets in it, and nobody of the same user reads our memory.
 * execve() has forgotten both; there is no secret in it yet.
 */
static void
close_memory(void)
{
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer traces its own process */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int
entry_run(const struct service *s, const char *path)
{
	struct config *config;
	int status = 1;

	if (fcntl(CHILD_FD_CONFIG, F_GET_SEALS) < 0) {
		fprintf(stderr, PREFIX "%s: is started by `koshin serve`\n",
		    s->name);
		return status;
	}
	take_name(s);
	config = config_take(CHILD_FD_CONFIG, path, on_fault, NULL);
	if (config == NULL)
		return status;
	/* Before the memory is closed: then /proc/self is too. */
	log_open(s->name, config->log_level);
	close_memory();
	if (clock_zone(config->service.zone))
		status = s->run(config, CHILD_FD_SOCKET, tell);
	else
		log_say(LOG_LINE_ERROR, "start",
		    "service.zone: the system knows this zone no more");
	config_free(config);
	return status;
}
