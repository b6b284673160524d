#include "base/loop.h"

#include "base/log.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BACKOFF_FIRST_MS 50
#define BACKOFF_LAST_MS 2000

struct loop_timer {
	struct event event;
	void (*fn)(void *);
	void *arg;
};

/* For loop_after() where there is no memory: of all threads. */
static struct spare {
	struct loop_timer timer;
	atomic_bool used;
} spares[LOOP_SPARES];

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

bool
loop_socket(struct event_base *base, int fd,
    void (*on_readable)(int fd, short what, void *arg),
    void (*on_writable)(int fd, short what, void *arg), void *arg,
    struct event **readable, struct event **writable)
{
	*readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, arg);
	*writable = event_new(base, fd, EV_WRITE, on_writable, arg);
	if (*readable != NULL && *writable != NULL &&
	    event_add(*readable, NULL) == 0)
		return true;
	if (*readable != NULL)
		event_free(*readable);
	if (*writable != NULL)
		event_free(*writable);
	*readable = *writable = NULL;
	return false;
}

struct event *
loop_signal(struct event_base *base, int number,
    void (*fn)(int number, short what, void *arg), void *arg)
{
	return loop_watch(base, number, EV_SIGNAL | EV_PERSIST, fn, arg);
}

static struct loop_timer *
spare_take(void)
{
	for (int i = 0; i < LOOP_SPARES; i++)
		if (!atomic_exchange(&spares[i].used, true))
			return &spares[i].timer;
	return NULL;
}

static void
timer_free(struct loop_timer *t)
{
	for (int i = 0; i < LOOP_SPARES; i++)
		if (t == &spares[i].timer) {
			spares[i].used = false;
			return;
		}
	free(t);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;
	void (*fn)(void *) = t->fn;
	void *fn_arg = t->arg;

	(void)fd;
	(void)what;
	timer_free(t);
	fn(fn_arg);
}

/* False: it cannot wait. */
static bool
timer_start(struct loop_timer *t, struct event_base *base, int64_t ms,
    void (*fn)(void *), void *arg)
{
	struct timeval wait = { 0 };

	if (ms > 0) {
		wait.tv_sec = (time_t)(ms / 1000);
		wait.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	}
	t->fn = fn;
	t->arg = arg;
	evtimer_assign(&t->event, base, on_timer, t);
	return evtimer_add(&t->event, &wait) == 0;
}

struct loop_timer *
loop_try(struct event_base *base, int64_t ms, void (*fn)(void *), void *arg)
{
	struct loop_timer *t = malloc(sizeof(*t));

	if (t == NULL || timer_start(t, base, ms, fn, arg))
		return t;
	free(t);
	return NULL;
}

struct loop_timer *
loop_after(struct event_base *base, int64_t ms, void (*fn)(void *), void *arg)
{
	struct loop_timer *t = malloc(sizeof(*t));

	if (t == NULL)
		t = spare_take();
	if (t == NULL)
		give_up("no timer: out of memory");
	/* Too early rather than never. */
	if (!timer_start(t, base, ms, fn, arg))
		event_active(&t->event, EV_TIMEOUT, 0);
	return t;
}

void
loop_cancel(struct loop_timer *t)
{
	if (t == NULL)
		return;
	evtimer_del(&t->event);
	timer_free(t);
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
