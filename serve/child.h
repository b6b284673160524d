/*
 * child - one process of `koshin serve`, as its parent sees it: started,
 * serving, dead, started again after a growing wait.
 *
 * It is executed anew (serve/program.h): it shares no memory with its parent,
 * has the descriptors below and no other, and the rights of its own user.
 * serve/entry.h is its other end.
 */
#ifndef SERVE_CHILD_H
#define SERVE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/stage.h"
#include "serve/sandbox.h"
#include "serve/services.h"

/* In the child, behind 0, 1 and 2; closed for who does not need it. */
enum child_fd {
	CHILD_FD_PARENT = 3, /* a byte for each stage goes there, and what
			      * child_reload() sends comes from there */
	CHILD_FD_CONFIG,     /* the text of koshin.yaml */
	CHILD_FD_LOCK,	     /* of service.run: held while one is alive */
	CHILD_FD_GRANT,	     /* the key of grants */
	CHILD_FD_SESSION,    /* who yields tells there how nice it is */
	CHILD_FD_SECRETS,    /* in the order of its row */
	CHILD_FD_LISTENERS = CHILD_FD_SECRETS + SERVICE_SECRETS_MAX,
	CHILD_FD_END = CHILD_FD_LISTENERS + SERVICE_LISTENERS_MAX,
};

/* What the parent has for a child; the descriptors stay its own. */
struct child_given {
	const struct config_service *users; /* whose rights */
	const char *config_path;	    /* absolute */
	uid_t asker;			    /* of stage_given */
	int program;			    /* of program_open() */
	int fds[CHILD_FD_END];		    /* at enum child_fd; -1: none */
};

struct child {
	const struct service *service;
	pid_t pid; /* 0: it does not run */
	int fd;	   /* to it and from it; -1: nothing more to hear */
	struct sandbox_call call; /* that it dies of; no mark: none */
	enum stage stage;
	int64_t stage_us; /* since when, by clock_mono_us() */
	unsigned deaths;  /* in a row, after short lives */
	int64_t due_us;	  /* when to start it again */
};

/* One that cannot be started now counts as dead. */
void child_start(
    struct child *, const struct service *, const struct child_given *);
/* The same for want of what it is to be given. */
void child_not_started(
    struct child *, const struct service *, const char *reason);
/* Takes what the child has told; does not wait. */
void child_hear(struct child *);
void child_signal(const struct child *, int number);
/* Sends the secrets that are given now, and SIGHUP. */
void child_reload(const struct child *, const struct child_given *);
/* Notes a death if `pid` is its own, and tells of it unless `quiet`. */
void child_ended(struct child *, pid_t pid, int status, bool quiet);

#endif
