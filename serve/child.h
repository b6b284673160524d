/*
 * child - one process of `koshin serve`, as its parent sees it: started,
 * serving, dead, started again after a growing wait.
 *
 * It is this program, executed anew: it shares no memory with its parent, and
 * has the descriptors below and no other. serve/entry.h is its other end.
 */
#ifndef SERVE_CHILD_H
#define SERVE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/stage.h"
#include "serve/services.h"

/* In the child, behind 0, 1 and 2. */
enum child_fd {
	CHILD_FD_STAGE = 3, /* a byte for each stage is written here */
	CHILD_FD_CONFIG,    /* the text of koshin.yaml */
	CHILD_FD_LOCK,	    /* of service.run: held while one is alive */
	CHILD_FD_SOCKET,    /* listens; closed for who is asked by nobody */
	CHILD_FD_END,
};

/* What the parent has for its children; the descriptors stay its own. */
struct child_given {
	const char *config_path; /* absolute */
	int config;
	int lock;
	int socket; /* of this child; -1: none */
};

struct child {
	const struct service *service;
	pid_t pid;    /* 0: it does not run */
	int stage_fd; /* of a pipe that hears it; -1: nothing more to hear */
	enum stage stage;
	int64_t stage_us; /* since when, by clock_mono_us() */
	unsigned deaths;  /* in a row, after short lives */
	int64_t due_us;	  /* when to start it again */
};

/* One that cannot be started now counts as dead. */
void child_start(
    struct child *, const struct service *, const struct child_given *);
/* Takes what the child has told; does not wait. */
void child_hear(struct child *);
void child_signal(const struct child *, int number);
/* Notes a death if `pid` is its own, and tells of it unless `quiet`. */
void child_ended(struct child *, pid_t pid, int status, bool quiet);

#endif
