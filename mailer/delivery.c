#include "mailer/delivery.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "mailer/message.h"
#include "mailer/retry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first of some mails that end waits so long for others, or so many. */
#define SETTLE_WITHIN_MS 50
#define SETTLE_MOST 16
#define SETTLE_AGAIN_MS 500
#define UNTOLD_MOST (2 * SETTLE_MOST)

struct delivery {
	struct deliveries *all;
	LIST_ENTRY(delivery) link;
	int64_t id;
	char kind[sizeof(((struct outbox_mail *)0)->kind)];
	char to[sizeof(((struct outbox_mail *)0)->recipient)]; /* shortened */
	struct compose_secrets secrets;
	struct retry retry;
	time_t taken_at;  /* by the clock of the database, */
	int64_t taken_us; /* and by ours: outbox_now() */
	int64_t began_us;

	struct smtp_transfer *transfer; /* or NULL */
	enum outbox_end end;
	time_t next_at;
	char answer[SMTP_ANSWER_MAX];

	bool ended;    /* the outbox has to hear of it, */
	bool settling; /* and was told, but has not answered */
};

/* ------------------------------------------------------------------ life */

/* a***@example.jp: enough to find a mail by, not to write to somebody. */
static void
shorten(char *out, size_t size, const char *address)
{
	const char *domain = strrchr(address, '@');

	snprintf(out, size, "%.1s***%s", address, domain ? domain : "");
}

static struct delivery *
delivery_new(struct deliveries *all, const struct outbox_mail *m)
{
	struct delivery *d = xcalloc(1, sizeof(*d));

	d->all = all;
	d->id = m->id;
	memcpy(d->kind, m->kind, sizeof(d->kind));
	shorten(d->to, sizeof(d->to), m->recipient);
	d->taken_at = m->taken_at;
	d->taken_us = m->taken_us;
	d->began_us = clock_mono_us();
	d->retry = (struct retry){ .urgent = m->dies_at != 0,
		.attempts = m->attempts,
		.made_at = m->made_at,
		.dies_at = m->dies_at,
		.give_up_h = all->give_up_h,
		.first_s = all->retry_first_s,
		.last_s = all->retry_last_s };
	LIST_INSERT_HEAD(&all->list, d, link);
	all->taken++;
	return d;
}

static void
delivery_free(struct delivery *d)
{
	LIST_REMOVE(d, link);
	if (d->transfer != NULL)
		smtp_cancel(d->transfer);
	d->all->sending -= d->transfer != NULL;
	d->all->untold -= d->ended;
	d->all->taken--;
	explicit_bzero(d, sizeof(*d));
	free(d);
}

static time_t
now(const struct delivery *d)
{
	return outbox_now(d->taken_at, d->taken_us);
}

static void
tell(const struct delivery *d, unsigned code)
{
	static const char *const ends[] = {
		[OUTBOX_SENT] = "mail-sent",
		[OUTBOX_LATER] = "mail-later",
		[OUTBOX_FAILED] = "mail-failed",
	};
	struct log_line l;

	log_begin(&l, d->end == OUTBOX_SENT ? LOG_LINE_INFO : LOG_LINE_WARN,
	    ends[d->end]);
	log_number(&l, "mail", d->id);
	log_text(&l, "kind", d->kind);
	log_text(&l, "to", d->to);
	log_number(&l, "attempt", d->retry.attempts + 1);
	log_number(&l, "smtp", code);
	log_ms(&l, "ms", clock_mono_us() - d->began_us);
	if (d->end == OUTBOX_LATER)
		log_number(&l, "wait_s", d->next_at - now(d));
	log_end(&l);
}

/* -------------------------------------------------------------- settling */

static void on_settled(void *arg, enum db_rc rc);

static void
add_result(struct delivery *d, struct outbox_result *result)
{
	d->settling = true;
	*result = (struct outbox_result){ .id = d->id,
		.end = d->end,
		.next_at = d->next_at,
		.answer = d->answer };
}

/* Tells the outbox of all that have ended. */
static void
settle_all(struct deliveries *all)
{
	struct outbox_result *results = xcalloc(all->taken, sizeof(*results));
	struct delivery *d;
	size_t count = 0;

	loop_cancel(all->timer);
	all->timer = NULL;
	LIST_FOREACH (d, &all->list, link)
		if (d->ended)
			add_result(d, &results[count++]);
	all->settling =
	    outbox_settle(all->outbox, results, count, on_settled, all);
	free(results);
}

static void
on_timer(void *arg)
{
	struct deliveries *all = arg;

	all->timer = NULL;
	settle_all(all);
}

static void
settle_in(struct deliveries *all, int64_t ms)
{
	if (all->timer == NULL)
		all->timer = loop_after(all->base, ms, on_timer, all);
}

/* At once, if they are many or none could soon be told of with them. */
static void
settle_soon(struct deliveries *all)
{
	if (all->untold == 0 || all->settling != NULL)
		return;
	if (all->sending > 0 && all->untold < SETTLE_MOST && !all->closing)
		settle_in(all, SETTLE_WITHIN_MS);
	else
		settle_all(all);
}

static void
set_ended(struct delivery *d)
{
	d->ended = true;
	d->all->untold++;
}

/*
 * Whether to go on telling the outbox. That a mail was sent, always; what is
 * not, comes back by its lease and is then perhaps another courier's.
 */
static bool
worth_telling(const struct delivery *d)
{
	int64_t age_us = clock_mono_us() - d->taken_us;

	return d->end == OUTBOX_SENT || age_us < OUTBOX_LEASE_S * 1000000LL;
}

static void
on_settled(void *arg, enum db_rc rc)
{
	struct deliveries *all = arg;
	bool heard = rc == DB_OK || rc == DB_NONE, later = false, free = false;
	struct delivery *d, *next;

	all->settling = NULL;
	for (d = LIST_FIRST(&all->list); d != NULL; d = next) {
		next = LIST_NEXT(d, link);
		if (!d->settling)
			continue;
		d->settling = false;
		if (!heard && !all->closing && worth_telling(d))
			continue;
		later = later || d->end == OUTBOX_LATER;
		free = true;
		delivery_free(d);
	}
	if (heard || all->closing)
		settle_soon(all); /* what has ended meanwhile */
	else if (!LIST_EMPTY(&all->list))
		settle_in(all, SETTLE_AGAIN_MS);
	if (free)
		all->ended(all->arg, later);
}

static void
blot(char *text, const char *secret)
{
	size_t len = strlen(secret);
	char *found;

	while (len > 0 && (found = strstr(text, secret)) != NULL)
		memset(found, '*', len);
}

/* A relay that quotes what it refuses must not bring the code to rest. */
static void
keep_answer(struct delivery *d, const char *answer)
{
	snprintf(d->answer, sizeof(d->answer), "%s", answer);
	blot(d->answer, d->secrets.code);
	blot(d->answer, d->secrets.token);
}

static void
end(struct delivery *d, enum outbox_end how, unsigned code, const char *answer)
{
	d->end = how;
	d->next_at = now(d);
	keep_answer(d, answer);
	if (how == OUTBOX_LATER && !retry_at(&d->retry, now(d), &d->next_at))
		d->end = OUTBOX_FAILED;
	tell(d, code);
	set_ended(d);
}

/* Unsent, and for somebody else at once; the outbox sees whether it is dead. */
static void
give_back(struct delivery *d, const char *answer)
{
	d->end = OUTBOX_LATER;
	d->next_at = now(d);
	keep_answer(d, answer);
	set_ended(d);
	settle_soon(d->all);
}

/* --------------------------------------------------------------- sending */

static void
on_sent(void *arg, enum smtp_end how, unsigned code, const char *answer)
{
	struct delivery *d = arg;
	struct deliveries *all = d->all;

	d->transfer = NULL;
	all->sending--;
	all->heard(all->arg, how, answer);
	if (how == SMTP_SENT)
		end(d, OUTBOX_SENT, code, answer);
	else if (how == SMTP_REFUSED)
		end(d, OUTBOX_FAILED, code, answer);
	else
		end(d, OUTBOX_LATER, code, answer);
	all->freed(all->arg); /* first: the next one may be told of with it */
	settle_soon(all);
}

static void
cannot(struct delivery *d, enum outbox_end how, const char *why)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "mail-bad");
	log_number(&l, "mail", d->id);
	log_text(&l, "kind", d->kind);
	log_text(&l, "reason", why);
	log_end(&l);
	end(d, how, 0, why);
	settle_soon(d->all);
}

bool
delivery_may_start(const struct deliveries *all)
{
	return all->untold < UNTOLD_MOST;
}

void
delivery_start(struct deliveries *all, const struct outbox_mail *m)
{
	struct delivery *d = delivery_new(all, m);
	enum compose_rc rc;
	struct buf bytes;
	struct fault why;

	if (m->dies_at != 0 && now(d) > m->dies_at) { /* while it waited */
		give_back(d, "expired");
		return;
	}
	buf_init(&bytes, MESSAGE_MAX);
	rc = compose_mail(&all->compose, m, &bytes, &d->secrets, &why);
	if (rc == COMPOSE_OK) {
		d->transfer = smtp_send(all->smtp,
		    &(struct smtp_mail){ .from = all->compose.from,
			.to = m->recipient,
			.bytes = bytes.at,
			.len = bytes.used },
		    on_sent, d);
		all->sending++;
	} else {
		cannot(d, rc == COMPOSE_BAD ? OUTBOX_FAILED : OUTBOX_LATER,
		    why.text);
	}
	buf_free(&bytes);
}

/* ------------------------------------------------------------- all of them */

void
delivery_give_back(struct deliveries *all, const struct outbox_mail *m)
{
	give_back(delivery_new(all, m), "not sent: stopping");
}

void
delivery_settle_again(struct deliveries *all)
{
	if (all->timer != NULL)
		settle_all(all);
}

void
delivery_interrupt(struct deliveries *all)
{
	struct delivery *d;

	LIST_FOREACH (d, &all->list, link) {
		if (d->transfer == NULL)
			continue;
		smtp_cancel(d->transfer);
		d->transfer = NULL;
		all->sending--;
		give_back(d, "cut off: stopping");
	}
}

void
delivery_drop(struct deliveries *all)
{
	call_forget(all->settling);
	loop_cancel(all->timer);
	while (!LIST_EMPTY(&all->list))
		delivery_free(LIST_FIRST(&all->list));
}
