/*
 * A round: be the one that seals (or wait), believe the end of the chain (or
 * tell), take what waits, seal it, save the head. One question at a time.
 * Whatever goes wrong, the next round starts with looking again: the chain
 * stands in the database, here is only the last place it was seen at.
 */
#include "audit/sealer.h"

#include "audit/chain_head.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "db/seals.h"

#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define IDLE_MS 400	     /* nothing waits: look again, "within a second" */
#define AGAIN_MS 1000	     /* somebody else seals, or something is wrong */
#define BELIEVED_US 10000000 /* then the end is looked at again */
#define TELL_US 60000000     /* a head, and one and the same trouble */
#define STOP_MS 1500	     /* for what still waits */

struct sealer {
	const struct sealer_options *o;
	struct event_base *base;
	struct seals *seals;
	struct chain_head head; /* as far as we have seen it */
	bool leading;		/* has the lock */
	int64_t believed_us;	/* until when the head is the end; 0: no */
	bool wrong;		/* the chain and the head contradict */
	bool unsaved;		/* the file does not have the head yet */
	int64_t told_us, wrong_told_us, file_told_us;
	struct chain_head told; /* the last head in the log */
	struct call *asked;	/* or NULL */
	struct loop_timer *wait, *stop_timer;
	bool stopping;
	stage_fn *tell;		  /* until the end of the chain was seen once */
	struct seals_batch batch; /* what seals_add() was given */
};

static void go_on(struct sealer *);

/* --------------------------------------------------------------- telling */

/* True once a minute for the same thing. */
static bool
is_time(int64_t *told_us)
{
	int64_t now_us = clock_mono_us();

	if (*told_us != 0 && now_us - *told_us < TELL_US)
		return false;
	*told_us = now_us;
	return true;
}

/* The log goes where the database's owner does not reach. */
static void
tell_head(struct sealer *s)
{
	struct log_line l;

	if (s->head.position == s->told.position)
		return;
	log_begin(&l, LOG_LINE_NOTICE, "audit-head");
	log_number(&l, "position", s->head.position);
	log_hex(&l, "mac", &s->head.mac, sizeof(s->head.mac));
	log_end(&l);
	s->told = s->head;
}

static void
tell_wrong(struct sealer *s, const char *reason, int64_t last)
{
	struct log_line l;

	s->wrong = true;
	if (!is_time(&s->wrong_told_us))
		return;
	log_begin(&l, LOG_LINE_ERROR, "audit-chain-wrong");
	log_text(&l, "reason", reason);
	log_number(&l, "head", s->head.position);
	log_number(&l, "last", last);
	log_text(&l, "file", s->o->head);
	log_text(&l, "next", "nothing is sealed; run `koshin audit verify`");
	log_end(&l);
}

/* A new instance; or somebody took the file away, to go on. */
static void
tell_no_head(const struct sealer *s)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_WARN, "audit-head-missing");
	log_text(&l, "file", s->o->head);
	log_text(
	    &l, "reason", "the end of the chain in the database is believed");
	log_end(&l);
}

static void
save_head(struct sealer *s)
{
	struct fault why;
	struct log_line l;

	if (s->unsaved &&
	    chain_head_write(s->o->head, &s->head, clock_now(), &why)) {
		s->unsaved = false;
		s->file_told_us = 0;
	} else if (s->unsaved && is_time(&s->file_told_us)) {
		log_begin(&l, LOG_LINE_ERROR, "audit-head-not-written");
		log_text(&l, "file", s->o->head);
		log_text(&l, "reason", why.text);
		log_end(&l);
	}
	if (is_time(&s->told_us))
		tell_head(s);
}

static void
move_head(struct sealer *s, const struct chain_head *to)
{
	if (to->position == s->head.position)
		return;
	s->head = *to;
	s->unsaved = true;
}

/* ---------------------------------------------------------------- rounds */

static void
on_wait(void *arg)
{
	struct sealer *s = arg;

	s->wait = NULL;
	go_on(s);
}

static void
go_on_in(struct sealer *s, int64_t ms)
{
	loop_cancel(s->wait);
	s->wait = loop_after(s->base, ms, on_wait, s);
}

/* What was decided on may have changed. */
static void
start_over_in(struct sealer *s, int64_t ms)
{
	s->believed_us = 0;
	go_on_in(s, ms);
}

static void
on_lock(void *arg, enum db_rc rc, bool got)
{
	struct sealer *s = arg;

	s->asked = NULL;
	s->leading = rc == DB_OK && got;
	/* Who waits looks at the end too: it keeps a head of its own. */
	if (rc == DB_OK)
		go_on(s);
	else
		start_over_in(s, AGAIN_MS);
}

/* ------------------------------------------------------- believing the end */

/* NULL, or what is wrong with it. */
static const char *
judge_end(const struct sealer *s, const struct seals_end *e)
{
	if (e->last.position < s->head.position)
		return "the tail of the chain is gone";
	if (s->head.position > 0 &&
	    (!e->has_own || !digest_equal(&e->own, &s->head.mac)))
		return "the chain is another one";
	if (e->last.position == 0)
		return NULL;
	if (!e->has_row || !e->has_before)
		return "the last row or the one before is gone";
	if (!chain_fits(s->o->key, &e->before, &e->row, &e->last.mac))
		return "the last seal does not fit: its row was changed, or "
		       "audit_key is another one here";
	return NULL;
}

static void
on_end(void *arg, enum db_rc rc, const struct seals_end *e)
{
	struct sealer *s = arg;
	const char *reason = rc == DB_OK ? judge_end(s, e) : NULL;

	s->asked = NULL;
	if (rc == DB_OK && s->tell != NULL) {
		s->tell(STAGE_SERVING); /* it knows where the chain ends */
		s->tell = NULL;
	}
	if (reason != NULL)
		tell_wrong(s, reason, e->last.position);
	if (rc != DB_OK || reason != NULL) {
		start_over_in(s, AGAIN_MS);
		return;
	}
	if (s->wrong)
		log_say(LOG_LINE_NOTICE, "audit-chain", "it is right again");
	if (s->head.position == 0 && e->last.position > 0)
		tell_no_head(s);
	s->wrong = false;
	s->wrong_told_us = 0;
	move_head(s, &e->last);
	save_head(s);
	s->believed_us = clock_mono_us() + BELIEVED_US;
	if (s->leading)
		go_on(s);
	else
		start_over_in(s, AGAIN_MS);
}

/* --------------------------------------------------------------- sealing */

static void
on_added(void *arg, enum db_rc rc, bool added)
{
	struct sealer *s = arg;
	size_t count = s->batch.count;
	struct chain_head to = s->batch.before;

	s->asked = NULL;
	if (rc != DB_OK || !added) {
		start_over_in(s, rc == DB_DOWN ? AGAIN_MS : 0);
		return;
	}
	to.position += (int64_t)count;
	to.mac = s->batch.macs[count - 1];
	move_head(s, &to);
	save_head(s);
	go_on_in(s, count == SEALS_BATCH ? 0 : IDLE_MS);
}

static void
seal(struct sealer *s, const struct chain_row *rows, size_t count)
{
	struct chain_head at = s->head;

	s->batch.before = s->head;
	s->batch.count = count;
	for (size_t i = 0; i < count; i++) {
		s->batch.ids[i] = rows[i].id;
		s->batch.macs[i] = chain_mac(s->o->key, &at, &rows[i]);
		at.mac = s->batch.macs[i];
		at.position++;
	}
	s->asked = seals_add(s->seals, &s->batch, on_added, s);
}

static void
on_rows(void *arg, enum db_rc rc, const struct chain_row *rows, size_t count)
{
	struct sealer *s = arg;

	s->asked = NULL;
	if (rc != DB_OK)
		start_over_in(s, AGAIN_MS);
	else if (count > 0)
		seal(s, rows, count);
	else if (s->stopping)
		event_base_loopbreak(s->base);
	else {
		save_head(s);
		go_on_in(s, IDLE_MS);
	}
}

/* --------------------------------------------------------------- the loop */

static void
go_on(struct sealer *s)
{
	if (s->asked != NULL)
		return;
	if (s->stopping && !s->leading)
		event_base_loopbreak(s->base);
	else if (!s->leading && s->believed_us == 0) {
		s->believed_us = -1; /* asked for the lock; the end is next */
		s->asked = seals_lock(s->seals, on_lock, s);
	} else if (s->believed_us < clock_mono_us())
		s->asked = seals_end(s->seals, s->head.position, on_end, s);
	else
		s->asked = seals_rows(s->seals, on_rows, s);
}

/* The lock is the connection's. */
static void
on_state(void *arg, bool up)
{
	struct sealer *s = arg;

	s->leading = false;
	start_over_in(s, up ? 0 : AGAIN_MS);
}

/* ------------------------------------------------------------------- life */

static void
on_stop_over(void *arg)
{
	struct sealer *s = arg;

	s->stop_timer = NULL;
	event_base_loopbreak(s->base);
}

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	struct sealer *s = arg;

	(void)number;
	(void)what;
	if (s->stopping)
		return;
	s->stopping = true;
	s->stop_timer = loop_after(s->base, STOP_MS, on_stop_over, s);
	go_on_in(s, 0);
}

/* A file that is there and cannot be read is no reason to begin anew. */
static bool
load_head(struct sealer *s)
{
	struct fault why;
	enum chain_head_rc rc = chain_head_read(s->o->head, &s->head, &why);
	struct log_line l;

	if (rc != CHAIN_HEAD_BAD && !chain_head_folder(s->o->head, &why))
		rc = CHAIN_HEAD_BAD;
	if (rc == CHAIN_HEAD_BAD) {
		log_begin(&l, LOG_LINE_ERROR, "start");
		log_text(&l, "file", s->o->head);
		log_text(&l, "reason", why.text);
		log_end(&l);
	}
	return rc != CHAIN_HEAD_BAD;
}

static void
run(struct sealer *s, stage_fn *tell)
{
	struct event *term = loop_signal(s->base, SIGTERM, on_stop, s);

	signal(SIGPIPE, SIG_IGN);
	s->seals = seals_open(s->base, s->o->conninfo, on_state, s);
	s->tell = tell;
	tell(STAGE_STARTED);
	event_base_dispatch(s->base);
	call_forget(s->asked);
	seals_close(s->seals);
	save_head(s);
	tell_head(s);
	loop_cancel(s->wait);
	loop_cancel(s->stop_timer);
	event_free(term);
}

int
sealer_run(const struct sealer_options *o, stage_fn *tell)
{
	struct sealer s = { .o = o };

	if (!load_head(&s))
		return 1;
	s.base = loop_new();
	run(&s, tell);
	event_base_free(s.base);
	return s.stopping ? 0 : 1;
}
