#include "tests/lib/witness.h"

#include "base/loop.h"
#include "tests/lib/test.h"

static void
on_ring(void *arg)
{
	struct witness *w = arg;

	w->timer = NULL;
	w->late = !*w->came;
}

void
witness_begin(
    struct witness *w, struct event_base *base, int64_t ms, const bool *came)
{
	*w = (struct witness){ .came = came };
	w->timer = loop_after(base, ms, on_ring, w);
}

void
witness_end(struct witness *w)
{
	loop_cancel(w->timer);
	assert_true(*w->came);
	assert_false(w->late);
}
