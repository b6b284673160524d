#include "mailer/courier.h"

#include "base/log.h"
#include "base/loop.h"
#include "db/outbox.h"
#include "mailer/abandoned.h"
#include "mailer/delivery.h"
#include "mailer/old_mails.h"
#include "mailer/planner.h"
#include "mailer/relay.h"
#include "mailer/seal_watch.h"
#include "mailer/claimed.h"
#include "mailer/smtp.h"
#include "mailer/template.h"
#include "policy/input.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LOOK_MS 10000 /* the net under NOTIFY */
#define LOOK_LEAST_MS 100
/*
 * So many times the places are claimed at most, a part of it for codes. While
 * nobody knows that the relay takes mails it is a few times: to be claimed is
 * an attempt.
 */
#define CLAIMED_FIRST 3
#define CLAIMED_TIMES 9
/* While the outbox is away, or all places but those for codes are taken. */
#define AGAIN_MS 1000
#define STOP_MS 2000   /* for mails that are being sent */
#define SETTLE_MS 1000 /* for the outbox to hear of them */

struct courier {
	const struct courier_options *o;
	struct event_base *base;
	struct template_set *texts;
	struct outbox *outbox;
	struct deliveries all;
	struct claimed *claimed;
	struct relay relay;
	struct planner *planner;
	struct old_mails *old_mails;
	struct seal_watch *seal_watch;
	struct abandoned *abandoned;

	struct call *taking, *looking_ahead; /* or NULL */
	size_t asked_for;		     /* mails, by `taking` */
	size_t claim;		 /* places' worth of mails to have at most */
	bool codes_only;	 /* so was that question */
	bool more;		 /* mails may wait for a place */
	bool rang;		 /* code mails may have come since */
	struct loop_timer *wait; /* until the next look */
	struct loop_timer *stop_timer;
	bool stopping;
	stage_fn *tell; /* until the outbox has answered once */
};

static size_t places(const struct courier *, bool codes_only);
static void look_anew(struct courier *);
static bool look(struct courier *);

/* ---------------------------------------------------------------- looking */

static void
on_wait(void *arg)
{
	struct courier *c = arg;

	c->wait = NULL;
	look_anew(c);
}

static void
look_in(struct courier *c, int64_t ms)
{
	loop_cancel(c->wait);
	c->wait = loop_after(c->base, ms, on_wait, c);
}

static void
on_next(void *arg, enum db_rc rc, int64_t seconds)
{
	struct courier *c = arg;
	int64_t ms = LOOK_MS;

	c->looking_ahead = NULL;
	if (c->stopping)
		return;
	if (rc == DB_OK && seconds >= 0 && seconds < LOOK_MS / 1000)
		ms = seconds * 1000;
	look_in(c, ms < LOOK_LEAST_MS ? LOOK_LEAST_MS : ms);
}

static void
look_ahead(struct courier *c)
{
	if (c->looking_ahead == NULL && !c->stopping)
		c->looking_ahead = outbox_next(c->outbox, on_next, c);
}

static void
stop_when_done(struct courier *c)
{
	if (c->stopping && c->all.taken == 0 && c->taking == NULL)
		event_base_loopbreak(c->base);
}

/* ------------------------------------------------------------- the claimed */

static void
fill_places(struct courier *c)
{
	struct outbox_mail m;
	bool stale;

	while (places(c, true) > 0 &&
	       claimed_take(c->claimed, places(c, false) == 0, &m, &stale)) {
		if (stale)
			delivery_give_back(&c->all, &m);
		else
			delivery_start(&c->all, &m);
		explicit_bzero(&m, sizeof(m));
	}
}

/* Nobody is there to take them, or we are stopping. */
static void
clear_shelf(struct courier *c)
{
	struct outbox_mail m;
	bool stale;

	while (claimed_take(c->claimed, false, &m, &stale))
		delivery_give_back(&c->all, &m);
	explicit_bzero(&m, sizeof(m));
}

/* Code mails come first: behind another kind there is none any more. */
static bool
codes_may_follow(const struct outbox_mail *mails, size_t count)
{
	return count > 0 && mails[count - 1].dies_at != 0;
}

static void
on_taken(
    void *arg, enum db_rc rc, const struct outbox_mail *mails, size_t count)
{
	struct courier *c = arg;
	bool full = count == c->asked_for, codes_only = c->codes_only;

	c->taking = NULL;
	for (size_t i = 0; i < count; i++)
		claimed_put(c->claimed, &mails[i]);
	if (!c->stopping)
		fill_places(c);
	if (c->stopping || relay_is_down(&c->relay))
		clear_shelf(c);
	c->more = c->more || full || codes_only;
	c->rang = c->rang || (full && codes_may_follow(mails, count));
	if (c->stopping)
		stop_when_done(c);
	else if (rc != DB_OK || (!look(c) && codes_only))
		look_in(c, AGAIN_MS);
	else if (c->taking == NULL && !full)
		look_ahead(c);
}

/*
 * How many mails may be taken now: of any kind, or code mails alone (they
 * have a part of the places for themselves, so that a crowd of notices to
 * somebody slow does not hold them up). One alone finds out whether a relay
 * is back.
 */
static size_t
places(const struct courier *c, bool codes_only)
{
	size_t all = c->o->connections, kept = all > 1 ? (all + 3) / 4 : 0;

	if (relay_is_down(&c->relay))
		return c->all.taken == 0 ? 1 : 0;
	if (!delivery_may_start(&c->all))
		return 0;
	if (!codes_only)
		all -= kept;
	return all > c->all.sending ? all - c->all.sending : 0;
}

/*
 * How many mails of any kind to ask for: none before there is use for half of
 * what may be claimed.
 */
static size_t
wanted(const struct courier *c)
{
	size_t most = c->o->connections, others = (c->claim - 1) * most;
	size_t held = CLAIMED_TIMES * most - claimed_room(c->claimed);
	size_t count = places(c, false);

	if (relay_is_down(&c->relay))
		return count;
	count += others > held ? others - held : 0;
	return count >= others / 2 ? count : 0;
}

/* True if it has asked for some. */
static bool
look(struct courier *c)
{
	size_t of_all = wanted(c), of_codes = places(c, true);

	if (of_codes > claimed_room(c->claimed))
		of_codes = claimed_room(c->claimed);
	if (c->stopping || c->taking != NULL || relay_rests(&c->relay))
		return false;
	c->codes_only = !c->more || of_all == 0;
	if (c->codes_only && (!c->rang || of_codes == 0))
		return false;
	c->rang = false;
	if (c->codes_only) {
		c->asked_for = of_codes;
		c->taking = outbox_take_codes(c->outbox, of_codes, on_taken, c);
	} else {
		c->more = false;
		c->asked_for = of_all;
		c->taking = outbox_take(c->outbox, of_all, on_taken, c);
	}
	return true;
}

/* Something may have come. */
static void
look_anew(struct courier *c)
{
	c->more = true;
	c->rang = true;
	look(c);
}

static void
on_ring(void *arg)
{
	struct courier *c = arg;

	if (c->tell != NULL)
		c->tell(STAGE_SERVING);
	c->tell = NULL;
	/* First, so that nobody takes what has only not been settled. */
	delivery_settle_again(&c->all);
	look_anew(c);
}

/* -------------------------------------------------------------- the relay */

static void
on_relay_again(void *arg)
{
	look_anew(arg);
}

static void
on_heard(void *arg, enum smtp_end how, const char *answer)
{
	struct courier *c = arg;
	bool was_down = relay_is_down(&c->relay);

	if (c->stopping)
		return;
	relay_heard(&c->relay, how, answer);
	if (how == SMTP_SENT)
		c->claim = CLAIMED_TIMES;
	else if (relay_is_down(&c->relay))
		c->claim = CLAIMED_FIRST;
	if (relay_is_down(&c->relay))
		clear_shelf(c);
	else if (was_down)
		c->more = c->rang = true;
}

static void
on_freed(void *arg)
{
	struct courier *c = arg;

	if (c->stopping)
		return;
	fill_places(c);
	look(c);
}

static void
on_ended(void *arg, bool later)
{
	struct courier *c = arg;

	if (c->stopping) {
		stop_when_done(c);
		return;
	}
	fill_places(c); /* where the outbox was owed too much */
	if (!look(c) && later)
		look_ahead(c);
}

/* ------------------------------------------------------------------ texts */

static void
on_fault(void *arg, const char *line)
{
	(void)arg;
	log_say(LOG_LINE_ERROR, "mail-texts", line);
}

static bool
load_texts(struct courier *c)
{
	struct template_set *fresh =
	    template_load(c->o->templates, on_fault, NULL);

	if (fresh == NULL)
		return false;
	template_free(c->texts);
	c->texts = fresh;
	c->all.compose.texts = fresh;
	return true;
}

/* ---------------------------------------------------------------- signals */

static void
on_reload(evutil_socket_t number, short what, void *arg)
{
	struct courier *c = arg;

	(void)number;
	(void)what;
	if (load_texts(c))
		log_say(LOG_LINE_NOTICE, "mail-texts", "read again");
	else
		log_say(LOG_LINE_ERROR, "mail-texts", "the old ones stay");
}

static void
on_stop_over(void *arg)
{
	struct courier *c = arg;

	c->stop_timer = NULL;
	event_base_loopbreak(c->base);
}

static void
on_stop_limit(void *arg)
{
	struct courier *c = arg;

	c->stop_timer = loop_after(c->base, SETTLE_MS, on_stop_over, c);
	delivery_interrupt(&c->all);
}

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	struct courier *c = arg;

	(void)number;
	(void)what;
	if (c->stopping)
		return;
	c->stopping = true;
	c->all.closing = true;
	clear_shelf(c);
	c->stop_timer = loop_after(c->base, STOP_MS, on_stop_limit, c);
	stop_when_done(c);
}

/* ------------------------------------------------------------------- life */

static bool
open_smtp(struct courier *c)
{
	const struct courier_options *o = c->o;
	struct smtp_options options = { .relay = o->relay,
		.helo = o->helo,
		.starttls = o->starttls,
		.ca = o->ca,
		.user = o->user,
		.password = o->password,
		.connections = o->connections };
	struct fault why;

	c->all.smtp = smtp_open(c->base, &options, &why);
	if (c->all.smtp == NULL)
		log_say(LOG_LINE_ERROR, "start", why.text);
	return c->all.smtp != NULL;
}

static void
open_deliveries(struct courier *c)
{
	struct outbox_options options = {
		.conninfo = c->o->conninfo, .ring = on_ring, .arg = c
	};

	c->outbox = outbox_open(c->base, &options);
	c->claimed = claimed_new(CLAIMED_TIMES * c->o->connections);
	c->claim = CLAIMED_FIRST;
	c->relay = (struct relay){
		.base = c->base, .again = on_relay_again, .arg = c
	};
	c->all.base = c->base;
	c->all.outbox = c->outbox;
	c->all.give_up_h = c->o->give_up_h;
	c->all.retry_first_s = c->o->retry_first_s;
	c->all.retry_last_s = c->o->retry_last_s;
	c->all.heard = on_heard;
	c->all.freed = on_freed;
	c->all.ended = on_ended;
	c->all.arg = c;
}

/* Sender and domain stand in every header as they are. */
static bool
options_good(const struct courier_options *o)
{
	const char *wrong = input_email(o->from, strlen(o->from));
	char line[256];

	if (wrong == NULL && o->domain[0] != '\0' &&
	    strpbrk(o->domain, " <>@\r\n\t") == NULL && o->connections > 0)
		return true;
	if (wrong != NULL)
		snprintf(line, sizeof(line), "mail.from %s", wrong);
	else
		snprintf(line, sizeof(line),
		    "mail.domain must be a domain, mail.connections over 0");
	log_say(LOG_LINE_ERROR, "start", line);
	return false;
}

static void
run(struct courier *c, stage_fn *tell)
{
	struct event *term, *hup;

	open_deliveries(c);
	signal(SIGPIPE, SIG_IGN); /* libcurl leaves it to us (NOSIGNAL) */
	term = loop_signal(c->base, SIGTERM, on_stop, c);
	hup = loop_signal(c->base, SIGHUP, on_reload, c);
	c->abandoned = abandoned_new(c->base, c->outbox);
	c->planner = planner_new(c->base, c->outbox, c->o->installed);
	c->old_mails = old_mails_new(c->base, c->outbox, c->o->keep_days);
	c->seal_watch = seal_watch_new(c->base, c->outbox);
	look_in(c, AGAIN_MS); /* it rings when it is there */
	tell(STAGE_STARTED);
	c->tell = tell;
	event_base_dispatch(c->base);
	event_free(term);
	event_free(hup);
	delivery_drop(&c->all);
	planner_free(c->planner);
	old_mails_free(c->old_mails);
	seal_watch_free(c->seal_watch);
	abandoned_free(c->abandoned);
	claimed_free(c->claimed);
	call_forget(c->taking);
	call_forget(c->looking_ahead);
	loop_cancel(c->wait);
	relay_forget(&c->relay);
	loop_cancel(c->stop_timer);
	outbox_close(c->outbox);
}

int
courier_run(const struct courier_options *o, stage_fn *tell)
{
	struct courier c = { .o = o };
	int status = 1;

	c.all.compose = (struct compose){ .service = o->service,
		.contact = o->contact,
		.url = o->url,
		.keep = o->keep,
		.from = o->from,
		.domain = o->domain,
		.code_key = o->code_key,
		.profiles = o->profiles,
		.profile_count = o->profile_count };
	if (!options_good(o) || !load_texts(&c))
		return 1;
	c.base = loop_new();
	if (open_smtp(&c)) {
		run(&c, tell);
		status = c.stopping ? 0 : 1;
	}
	smtp_close(c.all.smtp);
	template_free(c.texts);
	event_base_free(c.base);
	return status;
}
