#include "mailer/abandoned.h"

#include "base/loop.h"
#include "base/xalloc.h"
#include "db/outbox.h"

#include <stdlib.h>

#define CLOSE_MS 30000

struct abandoned {
	struct event_base *base;
	struct outbox *outbox;
	struct loop_timer *timer;
	struct call *asked; /* or NULL */
};

static void
on_closed(void *arg, enum db_rc rc)
{
	struct abandoned *a = arg;

	(void)rc; /* in half a minute again */
	a->asked = NULL;
}

static void
close_them(void *arg)
{
	struct abandoned *a = arg;

	if (a->asked == NULL)
		a->asked = outbox_close_abandoned(a->outbox, on_closed, a);
	a->timer = loop_after(a->base, CLOSE_MS, close_them, a);
}

struct abandoned *
abandoned_new(struct event_base *base, struct outbox *outbox)
{
	struct abandoned *a = xcalloc(1, sizeof(*a));

	a->base = base;
	a->outbox = outbox;
	close_them(a);
	return a;
}

void
abandoned_free(struct abandoned *a)
{
	if (a == NULL)
		return;
	loop_cancel(a->timer);
	call_forget(a->asked);
	free(a);
}
