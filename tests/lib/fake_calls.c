#include "tests/lib/fake_calls.h"

#include "tests/lib/fake_loop.h"
#include "tests/lib/fake_memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct fake_call *first;
static char asked[1024];
static const char *fault_name;
static enum fake_fault fault;
static void (*fault_leave)(void);

void
fake_calls_reset(void)
{
	assert(first == NULL);
	asked[0] = '\0';
	fault_name = NULL;
	fault = FAKE_NO_FAULT;
}

void
fake_calls_fault(const char *name, enum fake_fault how, void (*leave)(void))
{
	fault_name = name;
	fault = how;
	fault_leave = leave;
}

void *
fake_call_new(size_t size, const char *name,
    void (*tell)(struct fake_call *, enum fake_end), void *arg)
{
	struct fake_call *q, **end = &first;
	size_t used = strlen(asked);

	assert(used + strlen(name) + 2 < sizeof(asked));
	if (used > 0)
		asked[used++] = ' ';
	memcpy(asked + used, name, strlen(name) + 1);
	if (fault == FAKE_NO_MEMORY && fault_name != NULL &&
	    strcmp(name, fault_name) == 0) {
		fault_name = NULL; /* once */
		return NULL;
	}
	q = fake_memory(size);
	q->name = name;
	q->tell = tell;
	q->arg = arg;
	while (*end != NULL)
		end = &(*end)->next;
	*end = q;
	return q;
}

static enum fake_end
end_of(const struct fake_call *q)
{
	bool down = false;

	if (fault_name != NULL && strcmp(q->name, fault_name) == 0) {
		fault_name = NULL; /* once */
		down = fault == FAKE_IS_DOWN || fault == FAKE_GONE_AND_DOWN;
		if (fault == FAKE_IS_LATE)
			fake_loop_fire();
		if (fault == FAKE_GONE || fault == FAKE_GONE_AND_DOWN)
			fault_leave();
	}
	if (q->call.forgotten)
		return FAKE_DROPPED;
	return down ? FAKE_DOWN : FAKE_ANSWERED;
}

void
fake_calls_pump(void)
{
	struct fake_call *q;

	while ((q = first) != NULL) {
		enum fake_end end = end_of(q);

		first = q->next;
		q->tell(q, end);
		free(q);
	}
}

const char *
fake_calls_asked(void)
{
	return asked;
}

size_t
fake_calls_open(void)
{
	const struct fake_call *q;
	size_t n = 0;

	for (q = first; q != NULL; q = q->next)
		n += !q->call.forgotten;
	return n;
}
