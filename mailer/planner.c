/*
 * A run is a walk along the certificates in steps that take some milliseconds
 * each, so that between two of them mails go out as always.
 */
#include "mailer/planner.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "db/outbox.h"
#include "mailer/retry.h"
#include "policy/notice.h"
#include "policy/validity.h"

#include <stdlib.h>

#define RUN_S 900
#define AFTER_MIDNIGHT_S 2
/* When the database is away, or somebody else plans just now: doubled. */
#define AGAIN_FIRST_MS 1000
#define AGAIN_LAST_MS 60000

struct planner {
	struct event_base *base;
	struct outbox *outbox;
	bool installed;
	struct loop_timer *timer; /* until the next run; or NULL */
	struct call *step;	  /* or NULL */
	unsigned tries;		  /* in a row that came to nothing */

	/* Of this run. */
	struct notice_limits limits;
	struct outbox_place place;
	int64_t looked_at, planned, began_us;
};

static void run(void *arg);

static void
run_in(struct planner *p, int64_t ms)
{
	p->timer = loop_after(p->base, ms, run, p);
}

static void
run_again(struct planner *p)
{
	run_in(p, retry_wait(AGAIN_FIRST_MS, AGAIN_LAST_MS, 2, p->tries++));
}

/* A quarter of an hour, or just behind midnight if that comes first. */
static int64_t
next_run_ms(void)
{
	time_t now = clock_now(), midnight;
	int64_t wait_s = RUN_S;

	if (validity_day_after(now, 1, &midnight) && midnight >= now &&
	    midnight - now + AFTER_MIDNIGHT_S < wait_s)
		wait_s = midnight - now + AFTER_MIDNIGHT_S;
	return wait_s * 1000;
}

static void
tell(const struct planner *p)
{
	struct log_line l;

	log_begin(&l, p->planned > 0 ? LOG_LINE_INFO : LOG_LINE_DEBUG,
	    "notices-planned");
	log_number(&l, "certificates", p->looked_at);
	log_number(&l, "mails", p->planned);
	log_ms(&l, "ms", clock_mono_us() - p->began_us);
	log_end(&l);
}

static void
finish(struct planner *p)
{
	tell(p);
	p->tries = 0;
	run_in(p, next_run_ms());
}

static void ask_uninstalled(struct planner *);

static void
on_uninstalled(void *arg, enum db_rc rc, int64_t planned)
{
	struct planner *p = arg;

	p->step = NULL;
	if (rc != DB_OK || planned < 0) {
		run_again(p);
		return;
	}
	p->planned += planned;
	if (planned == OUTBOX_PLAN_MOST)
		ask_uninstalled(p);
	else
		finish(p);
}

static void
ask_uninstalled(struct planner *p)
{
	p->step = outbox_plan_uninstalled(p->outbox, on_uninstalled, p);
}

static void ask(struct planner *);

static void
on_planned(void *arg, enum db_rc rc, const struct outbox_planned *seen)
{
	struct planner *p = arg;

	p->step = NULL;
	if (rc != DB_OK || seen->looked_at < 0) {
		run_again(p);
		return;
	}
	p->looked_at += seen->looked_at;
	p->planned += seen->planned;
	p->place = seen->place;
	if (seen->looked_at == OUTBOX_PLAN_MOST) {
		ask(p);
		return;
	}
	if (p->installed)
		ask_uninstalled(p);
	else
		finish(p);
}

static void
ask(struct planner *p)
{
	p->step = outbox_plan(p->outbox, &p->limits, &p->place, on_planned, p);
}

static void
run(void *arg)
{
	struct planner *p = arg;

	p->timer = NULL;
	p->place = (struct outbox_place){ .time = "" };
	p->looked_at = p->planned = 0;
	p->began_us = clock_mono_us();
	if (notice_limits(clock_now(), &p->limits))
		ask(p);
	else
		run_again(p); /* the clock is beyond all calendars */
}

struct planner *
planner_new(struct event_base *base, struct outbox *outbox, bool installed)
{
	struct planner *p = xcalloc(1, sizeof(*p));

	p->base = base;
	p->outbox = outbox;
	p->installed = installed;
	run_in(p, 0);
	return p;
}

void
planner_free(struct planner *p)
{
	if (p == NULL)
		return;
	loop_cancel(p->timer);
	call_forget(p->step);
	free(p);
}
