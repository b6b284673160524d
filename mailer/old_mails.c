#include "mailer/old_mails.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "db/outbox.h"
#include "mailer/retry.h"

#include <stdlib.h>

#define RUN_MS 3600000
#define REST_MS 100 /* between two steps: the connection is the mails' */
/* When the database is away: doubled. */
#define AGAIN_FIRST_MS 1000
#define AGAIN_LAST_MS 60000

struct old_mails {
	struct event_base *base;
	struct outbox *outbox;
	unsigned keep_days;
	struct loop_timer *timer; /* until the next step; or NULL */
	struct call *step;	  /* or NULL */
	unsigned tries;		  /* in a row that came to nothing */

	/* Of this run. */
	int64_t last_id, removed, began_us;
};

static void step(void *arg);

static void
step_in(struct old_mails *o, int64_t ms)
{
	o->timer = loop_after(o->base, ms, step, o);
}

static void
begin_run(struct old_mails *o, int64_t ms)
{
	o->last_id = o->removed = 0;
	o->began_us = 0;
	step_in(o, ms);
}

static void
tell(const struct old_mails *o)
{
	struct log_line l;

	log_begin(&l, o->removed > 0 ? LOG_LINE_INFO : LOG_LINE_DEBUG,
	    "mails-removed");
	log_number(&l, "mails", o->removed);
	log_number(&l, "older_than_days", o->keep_days);
	log_ms(&l, "ms", clock_mono_us() - o->began_us);
	log_end(&l);
}

static void
on_removed(void *arg, enum db_rc rc, const struct outbox_removed *seen)
{
	struct old_mails *o = arg;

	o->step = NULL;
	if (rc != DB_OK) {
		step_in(o,
		    retry_wait(AGAIN_FIRST_MS, AGAIN_LAST_MS, 2, o->tries++));
		return;
	}
	o->tries = 0;
	o->removed += seen->removed;
	o->last_id = seen->last_id;
	if (seen->looked_at == OUTBOX_REMOVE_MOST) {
		step_in(o, REST_MS);
		return;
	}
	tell(o);
	begin_run(o, RUN_MS);
}

static void
step(void *arg)
{
	struct old_mails *o = arg;

	o->timer = NULL;
	if (o->began_us == 0)
		o->began_us = clock_mono_us();
	o->step =
	    outbox_remove(o->outbox, o->keep_days, o->last_id, on_removed, o);
}

struct old_mails *
old_mails_new(
    struct event_base *base, struct outbox *outbox, unsigned keep_days)
{
	struct old_mails *o = xcalloc(1, sizeof(*o));

	o->base = base;
	o->outbox = outbox;
	o->keep_days = keep_days;
	if (keep_days > 0)
		begin_run(o, 0);
	return o;
}

void
old_mails_free(struct old_mails *o)
{
	if (o == NULL)
		return;
	loop_cancel(o->timer);
	call_forget(o->step);
	free(o);
}
