#include "db/redis_events.h"

#include "base/loop.h"

#include <event2/event.h>
#include <stdlib.h>

struct redis_events {
	redisAsyncContext *context;
	struct event *readable; /* persistent */
	struct event *writable; /* while connecting, or the socket is full */
	struct event *soon;	/* at the end of this turn of the loop */
	bool flushing;		/* inside redisAsyncHandleWrite() */
	bool hold;
};

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct redis_events *e = arg;

	(void)fd;
	(void)what;
	redisAsyncHandleRead(e->context);
}

/* It says by add_write() or del_write() whether that was all; or hiredis has
 * lost the connection, and we are gone. */
static void
flush(evutil_socket_t fd, short what, void *arg)
{
	struct redis_events *e = arg;

	(void)fd;
	(void)what;
	e->flushing = true;
	redisAsyncHandleWrite(e->context);
}

static void
add_read(void *arg)
{
	struct redis_events *e = arg;

	if (!event_pending(e->readable, EV_READ, NULL))
		event_add(e->readable, NULL);
}

static void
del_read(void *arg)
{
	struct redis_events *e = arg;

	event_del(e->readable);
}

static void
add_write(void *arg)
{
	struct redis_events *e = arg;
	bool can = !e->flushing && (e->context->c.flags & REDIS_CONNECTED);

	e->flushing = false;
	if (!can)
		event_add(e->writable, NULL);
	else if (!e->hold)
		event_active(e->soon, EV_WRITE, 0);
}

static void
del_write(void *arg)
{
	struct redis_events *e = arg;

	e->flushing = false;
	event_del(e->writable);
}

static void
cleanup(void *arg)
{
	struct redis_events *e = arg;

	event_free(e->readable);
	event_free(e->writable);
	event_free(e->soon);
	free(e);
}

bool
redis_events_attach(redisAsyncContext *context, struct event_base *base)
{
	struct redis_events *e = calloc(1, sizeof(*e));
	struct event *soon =
	    e == NULL ? NULL : event_new(base, -1, 0, flush, e);

	if (soon == NULL || !loop_socket(base, context->c.fd, on_readable,
				flush, e, &e->readable, &e->writable)) {
		if (soon != NULL)
			event_free(soon);
		free(e);
		return false;
	}
	e->context = context;
	e->soon = soon;
	context->ev.data = e;
	context->ev.addRead = add_read;
	context->ev.delRead = del_read;
	context->ev.addWrite = add_write;
	context->ev.delWrite = del_write;
	context->ev.cleanup = cleanup;
	event_add(e->writable, NULL);
	return true;
}

void
redis_events_hold(redisAsyncContext *context, bool hold)
{
	struct redis_events *e = context->ev.data;

	e->hold = hold;
}

void
redis_events_flush(redisAsyncContext *context)
{
	struct redis_events *e = context->ev.data;

	event_active(e->soon, EV_WRITE, 0);
}
