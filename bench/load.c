#include "bench/load.h"
#include "bench/line.h"
#include "bench/request.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define HOPELESS 100   /* failures in a row, and more than connections */
#define PAUSE_US 50000 /* after a second failure in a row */
#define DEADLINE_MIN_S 0.001
#define SHOWN_MAX 1024 /* bytes of an unexpected body */

struct slot {
	struct load *load;
	size_t index;
	struct line *line;
	struct event *rest;   /* a pause after failures */
	struct identity *who; /* of the present connection */
	struct request out;   /* under way */
	bool busy;	      /* a request is under way */
	bool paced;	      /* its time to ask was given to it */
	bool retried;	      /* it had to be sent again */
	bool opened;	      /* not the first connection of this slot */
	int failures;	      /* in a row */
	uint64_t started_ns;  /* the request, connecting included */
};

struct load {
	struct event_base *base;
	const struct options *o;
	struct identities *all;
	struct csrs *csrs;
	struct slot *slots;
	size_t count;	   /* of slots */
	long issued;	   /* requests since load_new() */
	long left;	   /* requests still to be issued, -1: by time */
	uint64_t until_ns; /* by time: none is issued after it */
	uint64_t due_ns;   /* with a rate: when the next may be issued */
	size_t active;	   /* slots that still work */
	int failures;	   /* in a row, all slots */
	bool stopped;
	bool hopeless;
	bool body_shown;	     /* one unexpected body is enough */
	bool why_shown[TALLY_COUNT]; /* and one reason of each kind */
	char tls[96];
	struct tally *tally;
};

static void on_line(void *arg, enum line_news news);
static void on_rest(evutil_socket_t fd, short what, void *arg);

static uint64_t
now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct load *
load_new(struct event_base *base, const struct options *o,
    const struct peer *peer, struct identities *all, struct csrs *csrs)
{
	struct load *load = calloc(1, sizeof(*load));

	if (load == NULL)
		abort();
	load->base = base;
	load->o = o;
	load->all = all;
	load->csrs = csrs;
	load->count = (size_t)o->connections;
	load->slots = calloc(load->count, sizeof(*load->slots));
	if (load->slots == NULL)
		abort();
	snprintf(load->tls, sizeof(load->tls), "none");
	for (size_t i = 0; i < load->count; i++) {
		struct slot *s = &load->slots[i];

		s->load = load;
		s->index = i;
		s->line = line_new(base, peer, on_line, s);
		s->rest = evtimer_new(base, on_rest, s);
		if (s->rest == NULL)
			abort();
	}
	return load;
}

void
load_free(struct load *load)
{
	if (load == NULL)
		return;
	for (size_t i = 0; i < load->count; i++) {
		line_free(load->slots[i].line);
		event_free(load->slots[i].rest);
		request_free(&load->slots[i].out);
	}
	free(load->slots);
	free(load);
}

/* The number of the next request, -1 if there shall be no more. */
static long
take_number(struct load *load)
{
	if (load->stopped || load->hopeless || load->left == 0)
		return -1;
	if (load->left < 0 && now_ns(CLOCK_MONOTONIC) >= load->until_ns)
		return -1;
	if (load->left > 0)
		load->left--;
	return load->issued++;
}

static void
open_line(struct slot *s)
{
	if (s->opened && !s->load->o->fresh)
		s->load->tally->reconnects++;
	s->opened = true;
	line_open(s->line, s->who);
}

/*
 * True if the slot shall rest until its time has come. Times are given out
 * ahead, so that a timer that is late makes no request late but its own; what
 * was missed because all slots were busy is not made up for.
 */
static bool
must_rest(struct slot *s)
{
	struct load *load = s->load;
	uint64_t now = now_ns(CLOCK_MONOTONIC), due = load->due_ns;
	struct timeval pause;

	if (load->o->rate == 0 || s->paced)
		return s->paced = false;
	if (due < now)
		due = now;
	load->due_ns = due + 1000000000u / (uint64_t)load->o->rate;
	pause.tv_sec = (time_t)((due - now) / 1000000000u);
	pause.tv_usec = (suseconds_t)((due - now) / 1000 % 1000000);
	s->paced = true;
	evtimer_add(s->rest, &pause);
	return true;
}

static void
ask_next(struct slot *s)
{
	struct load *load = s->load;
	long number;
	size_t id;

	if (must_rest(s))
		return;
	number = take_number(load);
	if (number < 0) {
		if (--load->active == 0)
			event_base_loopbreak(load->base);
		return;
	}
	id = (load->o->fresh ? (size_t)number : s->index) %
	     load->all->cert_count;
	s->who = &load->all->certs[id];
	s->busy = true;
	s->retried = false;
	request_make(
	    &s->out, load->o, load->all, load->csrs, id, (size_t)number);
	s->started_ns = now_ns(CLOCK_MONOTONIC);
	line_deadline(s->line, load->o->deadline_s);
	if (line_is_open(s->line))
		line_ask(s->line, s->out.bytes, s->out.len);
	else
		open_line(s);
}

static void
on_rest(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask_next(arg);
}

static void
on_ready(struct slot *s)
{
	const SSL *tls = line_tls(s->line);
	struct load *load = s->load;

	if (SSL_session_reused(tls))
		load->tally->resumed++;
	else
		load->tally->full++;
	snprintf(load->tls, sizeof(load->tls), "%s %s", SSL_get_version(tls),
	    SSL_get_cipher_name(tls));
	line_ask(s->line, s->out.bytes, s->out.len);
}

/* The server's text may hold anything; a terminal should not act on it. */
static void
show_body(struct load *load, const struct answer *a)
{
	size_t len, shown;
	const char *body = answer_body(a, &len);

	if (load->body_shown)
		return;
	load->body_shown = true;
	shown = len < SHOWN_MAX ? len : SHOWN_MAX;
	fprintf(stderr,
	    "estbench: first unexpected answer: status %d, %zu bytes:\n",
	    a->status, len);
	for (size_t i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)body[i];

		fputc(c == '\n' || isprint(c) ? c : '.', stderr);
	}
	fputs(len > shown ? "...\n" : "\n", stderr);
}

static void
judge(struct slot *s)
{
	const struct answer *a = line_answer(s->line);
	struct tally *t = s->load->tally;
	int expect = s->load->o->expect;
	size_t len;
	const char *body = answer_body(a, &len);

	t->by_status[a->status]++;
	if (a->status != expect)
		t->wrong_status++;
	else if (expect == 200 && options_certificates(s->load->o) &&
		 !answer_certs_only(body, len))
		t->trouble[TALLY_BODY]++;
	else {
		t->good++;
		tally_latency(t, now_ns(CLOCK_MONOTONIC) - s->started_ns);
		return;
	}
	show_body(s->load, a);
}

static void
on_answered(struct slot *s)
{
	judge(s);
	s->busy = false;
	s->failures = 0;
	s->load->failures = 0;
	if (s->load->o->fresh || !line_answer(s->line)->keep)
		line_close(s->line);
	ask_next(s);
}

static enum tally_trouble
trouble_of(enum line_news news)
{
	switch (news) {
	case LINE_NO_CONNECT:
		return TALLY_CONNECT;
	case LINE_NO_TLS:
		return TALLY_TLS;
	case LINE_LATE:
		return TALLY_LATE;
	case LINE_GARBLED:
		return TALLY_GARBLED;
	default:
		return TALLY_LOST;
	}
}

static void
on_failure(struct slot *s, enum tally_trouble t)
{
	static const struct timeval pause = { .tv_usec = PAUSE_US };
	struct load *load = s->load;

	load->tally->trouble[t]++;
	s->busy = false;
	if (!load->why_shown[t])
		fprintf(stderr, "estbench: first failure \"%s\": %s\n",
		    tally_trouble_name(t), line_why(s->line));
	load->why_shown[t] = true;
	load->failures++;
	if (load->failures >= HOPELESS && (size_t)load->failures > load->count)
		load->hopeless = true;
	if (++s->failures > 1)
		evtimer_add(s->rest, &pause);
	else
		ask_next(s);
}

/*
 * A kept connection may end just when it is used again. What went over it
 * was not answered at all, so it goes once more over a new one, and its
 * clock runs on.
 */
static bool
may_retry(const struct slot *s, enum line_news news)
{
	return news == LINE_LOST && !s->retried && line_was_used(s->line) &&
	       line_is_silent(s->line);
}

static void
retry(struct slot *s)
{
	uint64_t spent_ns = now_ns(CLOCK_MONOTONIC) - s->started_ns;
	double left_s = s->load->o->deadline_s - (double)spent_ns / 1e9;

	s->retried = true;
	line_deadline(
	    s->line, left_s > DEADLINE_MIN_S ? left_s : DEADLINE_MIN_S);
	open_line(s);
}

static void
on_line(void *arg, enum line_news news)
{
	struct slot *s = arg;

	if (!s->busy)
		return; /* an idle line closed; the next request opens it */
	if (news == LINE_READY) {
		on_ready(s);
	} else if (news == LINE_ANSWERED) {
		on_answered(s);
	} else if (may_retry(s, news)) {
		retry(s);
	} else {
		on_failure(s, trouble_of(news));
	}
}

static double
cpu_s(void)
{
	return (double)now_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
}

enum load_rc
load_run(struct load *load, long requests, double seconds, struct tally *t)
{
	uint64_t from = now_ns(CLOCK_MONOTONIC);
	double cpu_from = cpu_s();

	load->tally = t;
	load->left = requests > 0 ? requests : -1;
	load->until_ns = from + (uint64_t)(seconds * 1e9);
	load->due_ns = from;
	load->active = load->count;
	for (size_t i = 0; i < load->count; i++)
		ask_next(&load->slots[i]);
	if (load->active > 0 && !load->stopped)
		event_base_dispatch(load->base);
	t->elapsed_s = (double)(now_ns(CLOCK_MONOTONIC) - from) / 1e9;
	t->client_cpu_s = cpu_s() - cpu_from;
	for (size_t i = 0; i < load->count; i++)
		t->cut += load->slots[i].busy;
	if (load->stopped)
		return LOAD_STOPPED;
	return load->hopeless ? LOAD_HOPELESS : LOAD_DONE;
}

void
load_pause(struct load *load, double seconds)
{
	struct timeval tv = { .tv_sec = (time_t)seconds };

	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	if (load->stopped)
		return;
	event_base_loopexit(load->base, &tv);
	event_base_dispatch(load->base);
}

void
load_stop(struct load *load)
{
	load->stopped = true;
	event_base_loopbreak(load->base);
}

bool
load_is_stopped(const struct load *load)
{
	return load->stopped;
}

const char *
load_tls(const struct load *load)
{
	return load->tls;
}
