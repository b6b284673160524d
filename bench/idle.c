#include "bench/idle.h"
#include "bench/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AT_ONCE 32   /* handshakes under way */
#define SETTLE_S 0.5 /* until the server has done what is left to do */

struct held {
	struct room *room;
	struct line *line;
	bool ready;
};

/* The connections of one stage: warm-up or measurement. */
struct room {
	struct idle *r;
	struct event_base *base;
	const struct options *o;
	struct identities *all;
	struct held *held;
	size_t count;	/* wanted */
	size_t begun;	/* of them */
	size_t settled; /* of them, opened or failed */
};

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
begin_next(struct room *room)
{
	struct held *h;

	if (room->settled == room->count)
		event_base_loopbreak(room->base);
	if (room->begun == room->count)
		return;
	h = &room->held[room->begun];
	line_deadline(h->line, room->o->deadline_s);
	line_open(
	    h->line, &room->all->certs[room->begun++ % room->all->cert_count]);
}

static void
on_line(void *arg, enum line_news news)
{
	struct held *h = arg;
	struct idle *r = h->room->r;

	if (news == LINE_READY) {
		h->ready = true;
		line_deadline(h->line, 0);
		r->opened++;
		snprintf(r->tls, sizeof(r->tls), "%s %s",
		    SSL_get_version(line_tls(h->line)),
		    SSL_get_cipher_name(line_tls(h->line)));
	} else if (h->ready) {
		r->dropped++;
		return; /* it was settled before */
	} else if (r->failed++ == 0) {
		fprintf(
		    stderr, "estbench: first failure: %s\n", line_why(h->line));
	}
	h->room->settled++;
	begin_next(h->room);
}

static void
pause_s(struct idle *r, struct event_base *base, double seconds)
{
	struct timeval tv = { .tv_sec = (time_t)seconds };

	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	if (r->stopped)
		return;
	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

/* Opens them all and returns when each is open or has failed. */
static void
fill(struct room *room, const struct peer *peer)
{
	room->held = calloc(room->count, sizeof(*room->held));
	if (room->held == NULL)
		abort();
	for (size_t i = 0; i < room->count; i++) {
		struct held *h = &room->held[i];

		h->room = room;
		h->line = line_new(room->base, peer, on_line, h);
	}
	for (size_t i = 0; i < AT_ONCE; i++)
		begin_next(room);
	if (!room->r->stopped)
		event_base_dispatch(room->base);
}

static void
empty(struct room *room)
{
	for (size_t i = 0; i < room->count; i++)
		line_free(room->held[i].line);
	free(room->held);
	room->held = NULL;
}

/*
 * First connections cost the server what it keeps for good: loaded pages,
 * pools. So some are opened and closed before the measurement.
 */
static void
warm_up(struct room *room, const struct peer *peer)
{
	room->count = (size_t)room->o->warmup;
	if (room->count > 0) {
		fill(room, peer);
		empty(room);
	}
	pause_s(room->r, room->base, SETTLE_S);
	room->r->opened = 0;
	room->r->failed = 0;
	room->r->dropped = 0;
	room->begun = 0;
	room->settled = 0;
}

bool
idle_run(struct idle *r, struct event_base *base, const struct options *o,
    const struct peer *peer, struct identities *all)
{
	struct room room = { .r = r, .base = base, .o = o, .all = all };
	bool ok;
	double from;

	snprintf(r->tls, sizeof(r->tls), "none");
	warm_up(&room, peer);
	ok = procs_read(&r->before, o->pids, o->pid_count, o->pid_tree);
	room.count = (size_t)o->connections;
	from = now_s();
	fill(&room, peer);
	r->open_s = now_s() - from;
	pause_s(r, base, SETTLE_S);
	ok &= procs_read(&r->open, o->pids, o->pid_count, o->pid_tree);
	from = now_s();
	if (r->opened > 0)
		pause_s(r, base, o->run_s);
	r->held_s = now_s() - from;
	ok &= procs_read(&r->held, o->pids, o->pid_count, o->pid_tree);
	empty(&room);
	pause_s(r, base, SETTLE_S);
	ok &= procs_read(&r->after, o->pids, o->pid_count, o->pid_tree);
	return ok;
}

void
idle_stop(struct idle *r, struct event_base *base)
{
	r->stopped = true;
	event_base_loopbreak(base);
}

void
idle_free(struct idle *r)
{
	procs_free(&r->before);
	procs_free(&r->open);
	procs_free(&r->held);
	procs_free(&r->after);
}
