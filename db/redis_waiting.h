/*
 * redis_waiting - the questions of a connection that are not answered yet, and
 * how long the oldest may be so. Inside of db/redis.c; nobody else needs it.
 *
 * Owns:   the questions, until they are taken off; those that were sent hiredis
 *         has, too, and gives back.
 */
#ifndef DB_REDIS_WAITING_H
#define DB_REDIS_WAITING_H

#include "db/redis_question.h"

#include <sys/queue.h>

struct event_base;
struct loop_timer;

struct redis_waiting {
	TAILQ_HEAD(, redis_question) all; /* as they were asked */
	size_t count;
	struct event_base *base;
	struct loop_timer *watch; /* for the oldest one's patience */
	void (*late)(void *arg);  /* it is over */
	void *arg;
};

/* `late` may end the connection, and all that waits on it. */
void redis_waiting_begin(struct redis_waiting *, struct event_base *,
    void (*late)(void *arg), void *arg);
/* Each is told DB_DOWN. */
void redis_waiting_end(struct redis_waiting *);

/* The last one, which may wait so long from now on. */
void redis_waiting_add(
    struct redis_waiting *, struct redis_question *, int64_t patience_ms);
/* It was sent: from now on somebody looks at the time. */
void redis_waiting_sent(struct redis_waiting *, int64_t patience_ms);
/* It cannot be sent: hears DB_DOWN as soon as the loop runs. False: no memory;
 * it is freed, and nobody is called. */
bool redis_waiting_never(struct redis_question *);
/* It waits no more: among none from now on. */
void redis_waiting_take(struct redis_question *);

#endif
