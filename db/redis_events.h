/*
 * redis_events - hiredis' socket in our loop. Inside of db/redis.c; nobody else
 * needs it.
 *
 * Instead of hiredis' own adapter, whose events are taken out of the loop and
 * put in again with every command: four calls of the kernel and one more turn
 * of the loop for each. Here the socket is watched for reading all the time,
 * and what is asked in one turn of the loop is written at its end, together.
 *
 * Owns:   its events, until hiredis frees the context.
 * Waits:  never.
 */
#ifndef DB_REDIS_EVENTS_H
#define DB_REDIS_EVENTS_H

#include <hiredis/async.h>
#include <stdbool.h>

struct event_base;

/* For a context that has no events yet. False: no memory, it still has none. */
bool redis_events_attach(redisAsyncContext *, struct event_base *);
/* What is asked while it is held goes out with what is asked when it is not; or
 * by redis_events_flush(). */
void redis_events_hold(redisAsyncContext *, bool hold);
void redis_events_flush(redisAsyncContext *);

#endif
