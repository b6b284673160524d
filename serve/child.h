/*
 * child - one process of `koshin serve`, as its parent sees it: started,
 * ready, dead, started again after a growing wait.
 */
#ifndef SERVE_CHILD_H
#define SERVE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child_kind {
	const char *name;      /* in the log and in the process list */
	int (*run)(void *arg); /* in the child; its exit status */
};

struct child {
	const struct child_kind *kind;
	pid_t pid;    /* 0: it does not run */
	int ready_fd; /* hears the child's child_ready() */
	bool ready;
	unsigned deaths; /* in a row, without being ready in between */
	int64_t due_us;	 /* when to start it again */
};

/* One that cannot be started now counts as dead. */
void child_start(struct child *, const struct child_kind *, void *arg);
/* In the child: it works now. */
void child_ready(void);
bool child_is_ready(struct child *);
void child_signal(const struct child *, int number);
/* Notes a death if `pid` is its own, and tells of it unless `quiet`. */
void child_ended(struct child *, pid_t pid, int status, bool quiet);
/* It has died and its wait is over. */
bool child_is_due(const struct child *);

#endif
