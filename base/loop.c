#include "base/loop.h"

#include "base/log.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <pthread.h>
#include <stdlib.h>

#define BACKOFF_FIRST_MS 50
#define BACKOFF_LAST_MS 2000

struct loop_timer {
	struct event event;
	void (*fn)(void *);
	void *arg;
};

_Noreturn static void
give_up(const char *reason)
{
	log_say(LOG_LINE_ERROR, "loop", reason);
	exit(1);
}

/* Must come before the first base, or that base has no locks. */
static void
use_threads(void)
{
	if (evthread_use_pthreads() != 0)
		give_up("libevent has no threads");
}

struct event_base *
loop_new(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct event_base *base;

	pthread_once(&once, use_threads);
	base = event_base_new();
	if (base == NULL)
		give_up("no event base: out of memory or descriptors");
	return base;
}

struct event *
loop_event(struct event_base *base, int fd, short what,
    void (*fn)(int fd, short what, void *arg), void *arg)
{
	struct event *e = event_new(base, fd, what, fn, arg);

	if (e == NULL)
		give_up("out of memory");
	return e;
}

struct event *
loop_watch(struct event_base *base, int fd, short what,
    void (*fn)(int fd, short what, void *arg), void *arg)
{
	struct event *e = loop_event(base, fd, what, fn, arg);

	if (event_add(e, NULL) != 0)
		give_up("an event cannot be heard");
	return e;
}

struct event *
loop_signal(struct event_base *base, int number,
    void (*fn)(int number, short what, void *arg), void *arg)
{
	return loop_watch(base, number, EV_SIGNAL | EV_PERSIST, fn, arg);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;
	void (*fn)(void *) = t->fn;
	void *fn_arg = t->arg;

	(void)fd;
	(void)what;
	free(t);
	fn(fn_arg);
}

struct loop_timer *
loop_try(struct event_base *base, int64_t ms, void (*fn)(void *), void *arg)
{
	struct timeval wait = { 0 };
	struct loop_timer *t = malloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	if (ms > 0) {
		wait.tv_sec = (time_t)(ms / 1000);
		wait.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	}
	t->fn = fn;
	t->arg = arg;
	if (evtimer_assign(&t->event, base, on_timer, t) != 0 ||
	    evtimer_add(&t->event, &wait) != 0) {
		free(t);
		return NULL;
	}
	return t;
}

struct loop_timer *
loop_after(struct event_base *base, int64_t ms, void (*fn)(void *), void *arg)
{
	struct loop_timer *t = loop_try(base, ms, fn, arg);

	if (t == NULL)
		give_up("no timer: out of memory");
	return t;
}

void
loop_cancel(struct loop_timer *t)
{
	if (t == NULL)
		return;
	evtimer_del(&t->event);
	free(t);
}

int64_t
loop_backoff_ms(unsigned tries)
{
	int64_t whole = BACKOFF_FIRST_MS;
	uint32_t random;

	while (tries-- > 0 && whole < BACKOFF_LAST_MS)
		whole *= 2;
	if (whole > BACKOFF_LAST_MS)
		whole = BACKOFF_LAST_MS;
	evutil_secure_rng_get_bytes(&random, sizeof(random));
	return whole / 2 + random % (whole / 2 + 1);
}
