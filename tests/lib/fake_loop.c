#include "tests/lib/fake_loop.h"

#include "base/loop.h"
#include "tests/lib/fake_memory.h"

#include <assert.h>
#include <stdlib.h>

struct loop_timer {
	struct loop_timer *next;
	void (*fn)(void *);
	void *arg;
};

static struct loop_timer *first;
static int64_t last_ms;

struct loop_timer *
loop_after(struct event_base *base, int64_t ms, void (*fn)(void *), void *arg)
{
	struct loop_timer *t = fake_memory(sizeof(*t));

	(void)base;
	t->fn = fn;
	t->arg = arg;
	t->next = first;
	first = t;
	last_ms = ms;
	return t;
}

struct loop_timer *
loop_try(struct event_base *base, int64_t ms, void (*fn)(void *), void *arg)
{
	return loop_after(base, ms, fn, arg);
}

void
loop_cancel(struct loop_timer *t)
{
	struct loop_timer **at = &first;

	if (t == NULL)
		return;
	while (*at != t) {
		assert(*at != NULL); /* it has fired already */
		at = &(*at)->next;
	}
	*at = t->next;
	free(t);
}

void
fake_loop_fire(void)
{
	struct loop_timer *t;

	while ((t = first) != NULL) {
		void (*fn)(void *) = t->fn;
		void *arg = t->arg;

		first = t->next;
		free(t);
		fn(arg);
	}
}

size_t
fake_loop_timers(void)
{
	const struct loop_timer *t;
	size_t n = 0;

	for (t = first; t != NULL; t = t->next)
		n++;
	return n;
}

int64_t
fake_loop_last_ms(void)
{
	return last_ms;
}
