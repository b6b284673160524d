/*
 * stage - how far a process has come since it was started, as it tells who
 * started it (serve/child.h).
 */
#ifndef BASE_STAGE_H
#define BASE_STAGE_H

#include <sys/types.h>

enum stage {
	STAGE_BORN,    /* it reads what is its own; a refusal ends it */
	STAGE_STARTED, /* it has its keys, texts and sockets: what is not
			* there now is a store, and may come back */
	STAGE_SERVING, /* those whom it asks have answered: it can serve */
};

/* Each stage is told once, in order, from any thread. */
typedef void stage_fn(enum stage);

/* What it has of who started it. Until SIGTERM it runs; then its exit status
 * is returned. */
struct stage_given {
	int listener; /* its first; the others are the numbers that follow */
	unsigned listeners; /* so many in all */
	uid_t asker;	    /* who alone may connect, where that is a process */
	int session;	    /* what its niceness is written to; -1: it has none
			     * of its own */
	stage_fn *tell;
};

#endif
