#include "mailer/seal_watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "db/outbox.h"

#include <stdlib.h>

#define LOOK_MS 2500
#define TELL_US 60000000 /* one and the same trouble */

struct seal_watch {
	struct event_base *base;
	struct outbox *outbox;
	struct loop_timer *timer; /* until the next look; or NULL */
	struct call *asked;	  /* or NULL */
	int64_t row;		  /* the oldest that waits; -1: none */
	int64_t since_us;	  /* when it was seen first */
	int64_t told_us;	  /* 0: nobody was told that one waits */
};

static void look(void *arg);

static void
tell(struct seal_watch *w, int64_t now_us)
{
	struct log_line l;

	w->told_us = now_us;
	log_begin(&l, LOG_LINE_ERROR, "audit-unsealed");
	log_number(&l, "row", w->row);
	log_number(&l, "seconds", (now_us - w->since_us) / 1000000);
	log_end(&l);
}

/* Another row is the oldest now, or none: seals are made. */
static void
begin(struct seal_watch *w, int64_t row, int64_t now_us)
{
	if (w->told_us != 0)
		log_say(LOG_LINE_NOTICE, "audit-unsealed", "seals go on");
	w->row = row;
	w->since_us = now_us;
	w->told_us = 0;
}

static void
on_oldest(void *arg, enum db_rc rc, int64_t row)
{
	struct seal_watch *w = arg;
	int64_t now_us = clock_mono_us();

	w->asked = NULL;
	/* While the database does not answer nobody knows who waits. */
	if (rc == DB_OK && row != w->row)
		begin(w, row, now_us);
	else if (rc == DB_OK && row != -1 &&
		 now_us - w->since_us >= (int64_t)SEAL_WATCH_S * 1000000 &&
		 (w->told_us == 0 || now_us - w->told_us >= TELL_US))
		tell(w, now_us);
	w->timer = loop_after(w->base, LOOK_MS, look, w);
}

static void
look(void *arg)
{
	struct seal_watch *w = arg;

	w->timer = NULL;
	w->asked = outbox_oldest_unsealed(w->outbox, on_oldest, w);
}

struct seal_watch *
seal_watch_new(struct event_base *base, struct outbox *outbox)
{
	struct seal_watch *w = xcalloc(1, sizeof(*w));

	w->base = base;
	w->outbox = outbox;
	w->row = -1;
	w->timer = loop_after(base, 0, look, w);
	return w;
}

void
seal_watch_free(struct seal_watch *w)
{
	if (w == NULL)
		return;
	loop_cancel(w->timer);
	call_forget(w->asked);
	free(w);
}
