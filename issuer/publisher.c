/*
 * A round: look what is new, and if a list is due, count again (what is
 * committed later shows in the next look), take a number, read page by page,
 * sign and publish, tell the database. One question at a time. Whatever goes
 * wrong, the next round begins with looking again.
 */
#include "issuer/publisher.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "db/revocations.h"
#include "issuer/crl_file.h"

#include <event2/event.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* A transaction that revokes commits at most so long after it has begun, or it
 * waits for the next regular list. */
#define COMMITS_WITHIN_S 3600
#define FAILED_TOLD_US 60000000 /* one and the same trouble */
#define LATE_TOLD_S 3600
#define NICER 5 /* as threads of base/pool.h are */

struct publisher {
	const struct config *config;
	struct ca *ca; /* with contexts of its own */
	char path[PATH_MAX];
	pthread_t thread;
	struct event_base *base;
	struct revocations *revocations;
	struct call *asked; /* or NULL */
	struct loop_timer *wait;

	struct crl_head out; /* of the list that lies there */
	bool made;	     /* one by us, since we are here */
	time_t since;	     /* of `seen` */
	struct revocations_marks seen;
	struct fault failed; /* the last one that was told */
	int64_t failed_told_us;
	time_t late_told;

	/* The list that is in work. */
	struct crl_file *file; /* NULL: none */
	int64_t begun_us;
	struct crl_head head;
	struct crl_file_done done;
	time_t next_since;
	struct revocations_marks next;
};

static void look(void *arg);

/* ---------------------------------------------------------------- telling */

static void
tell_published(const struct publisher *p)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_INFO, "crl-published");
	log_text(&l, "file", p->path);
	log_number(&l, "number", p->head.number);
	log_number(&l, "entries", (int64_t)p->done.entries);
	log_number(&l, "bytes", (int64_t)p->done.bytes);
	log_number(&l, "next_update", p->head.next_update);
	log_hex(&l, "sha256", &p->done.digest, sizeof(p->done.digest));
	log_ms(&l, "ms", clock_mono_us() - p->begun_us);
	log_end(&l);
}

static void
tell_failed(struct publisher *p, const char *reason)
{
	int64_t now_us = clock_mono_us();

	if (p->failed_told_us != 0 && strcmp(p->failed.text, reason) == 0 &&
	    now_us - p->failed_told_us < FAILED_TOLD_US)
		return;
	fault_set(&p->failed, "%s", reason);
	p->failed_told_us = now_us;
	log_say(LOG_LINE_WARN, "crl-failed", reason);
}

/* F-84: at half of its life, and an error once that is over. */
static void
tell_late(struct publisher *p)
{
	time_t now = clock_now();
	const struct crl_head *out = &p->out;
	struct log_line l;

	if (out->number == 0 ||
	    now <
		out->this_update + (out->next_update - out->this_update) / 2 ||
	    now < p->late_told + LATE_TOLD_S)
		return;
	p->late_told = now;
	log_begin(&l, now < out->next_update ? LOG_LINE_WARN : LOG_LINE_ERROR,
	    "crl-late");
	log_text(&l, "file", p->path);
	log_number(&l, "number", out->number);
	log_number(&l, "seconds_left", out->next_update - now);
	log_text(&l, "reason", "no new list could be published in time");
	log_end(&l);
}

/* ----------------------------------------------------------------- rounds */

static void
on_wait(void *arg)
{
	struct publisher *p = arg;

	p->wait = NULL;
	look(p);
}

static void
look_in(struct publisher *p, int64_t ms)
{
	crl_file_free(p->file);
	p->file = NULL;
	loop_cancel(p->wait);
	p->wait = loop_after(p->base, ms, on_wait, p);
}

static void
fail(struct publisher *p, const char *reason)
{
	tell_failed(p, reason);
	tell_late(p);
	look_in(p, PUBLISHER_AGAIN_MS);
}

static const char down[] = "the database does not answer, or refuses";

static void
on_finished(void *arg, enum db_rc rc, bool finished)
{
	struct publisher *p = arg;

	p->asked = NULL;
	/* It lies there, whatever the database knows of it; but it wants to
	 * be told, and the next list tells of both by its number. */
	p->out = p->head;
	if (rc != DB_OK || !finished) {
		fail(p, rc != DB_OK ? down
				    : "the database has another list "
				      "under that number");
		return;
	}
	p->made = true;
	p->since = p->next_since;
	p->seen = p->next;
	p->failed_told_us = 0;
	p->late_told = 0;
	tell_published(p);
	look_in(p, PUBLISHER_LOOK_MS);
}

static void
publish(struct publisher *p)
{
	struct revocations_published published;
	struct fault why;

	if (!crl_file_publish(p->file, p->ca, &p->head, &p->done, &why)) {
		fail(p, why.text);
		return;
	}
	published = (struct revocations_published){
		.number = p->head.number,
		.entries = (int64_t)p->done.entries,
		.bytes = (int64_t)p->done.bytes,
		.digest = p->done.digest,
	};
	p->asked =
	    revocations_finish(p->revocations, &published, on_finished, p);
}

/* False: the ledger has a reason that we do not know. */
static bool
add(struct publisher *p, const struct revocations_row *row)
{
	struct crl_entry entry = { .serial = row->serial,
		.revoked_at = row->revoked_at };

	if (!crl_reason_read(row->reason, &entry.reason))
		return false;
	crl_file_add(p->file, &entry);
	return true;
}

static void
on_page(
    void *arg, enum db_rc rc, const struct revocations_row *rows, size_t count)
{
	struct publisher *p = arg;

	p->asked = NULL;
	if (rc != DB_OK) {
		fail(p, down);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (!add(p, &rows[i])) {
			fail(p, "a revocation has a reason that is none");
			return;
		}
	if (count > 0)
		p->asked = revocations_page(
		    p->revocations, &rows[count - 1], on_page, p);
	else
		publish(p);
}

/* EST-355: who ended before the list that lies there was on it. */
static void
on_begun(void *arg, enum db_rc rc, const struct revocations_list *list)
{
	struct publisher *p = arg;
	struct revocations_row first = { .not_after = p->out.this_update };

	p->asked = NULL;
	if (rc != DB_OK) {
		fail(p, down);
		return;
	}
	p->head = (struct crl_head){ list->number, list->this_update,
		list->next_update };
	p->asked = revocations_page(p->revocations, &first, on_page, p);
}

/* What is revoked from now on and is not on the list shows in the next look. */
static void
on_counted(void *arg, enum db_rc rc, const struct revocations_marks *marks)
{
	struct publisher *p = arg;
	struct revocations_wanted wanted = {
		.authority = p->ca->key_id,
		.authority_len = p->ca->key_id_len,
		.valid_s = p->config->crl.valid_s,
		.known = p->out.number,
	};

	p->asked = NULL;
	if (rc != DB_OK) {
		fail(p, down);
		return;
	}
	p->next = *marks;
	p->asked = revocations_begin(p->revocations, &wanted, on_begun, p);
}

static void
begin(struct publisher *p, time_t now)
{
	struct fault why;

	p->begun_us = clock_mono_us();
	p->out = crl_file_read(p->path);
	p->file = crl_file_new(p->path, &why);
	if (p->file == NULL) {
		fail(p, why.text);
		return;
	}
	p->next_since = now - COMMITS_WITHIN_S;
	p->asked =
	    revocations_marks(p->revocations, p->next_since, on_counted, p);
}

/* By the clock of the database, which gave it its dates. */
static bool
is_due(const struct publisher *p, const struct revocations_marks *marks)
{
	return !p->made || marks->revoked != p->seen.revoked ||
	       marks->wish != p->seen.wish ||
	       marks->now >=
		   p->out.this_update + (time_t)p->config->crl.interval_s;
}

static void
on_marks(void *arg, enum db_rc rc, const struct revocations_marks *marks)
{
	struct publisher *p = arg;

	p->asked = NULL;
	if (rc != DB_OK)
		fail(p, down);
	else if (is_due(p, marks))
		begin(p, marks->now);
	else {
		tell_late(p);
		look_in(p, PUBLISHER_LOOK_MS);
	}
}

static void
look(void *arg)
{
	struct publisher *p = arg;

	p->asked = revocations_marks(p->revocations, p->since, on_marks, p);
}

/* ------------------------------------------------------------------- life */

/* The first time; that it comes and goes later is told by answers. */
static void
on_up(void *arg)
{
	struct publisher *p = arg;

	revocations_when_up(p->revocations, NULL, NULL);
	look(p);
}

static void *
run(void *arg)
{
	struct publisher *p = arg;

	/* Who wants a certificate comes first. */
	setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICER);
	crl_file_tidy(p->path);
	p->out = crl_file_read(p->path);
	p->since = clock_now();
	p->revocations = revocations_open(p->base, p->config->database.issuer);
	revocations_when_up(p->revocations, on_up, p);
	event_base_dispatch(p->base);
	call_forget(p->asked);
	revocations_close(p->revocations);
	loop_cancel(p->wait);
	crl_file_free(p->file);
	return NULL;
}

/* Signals are for the thread that waits for them. */
static bool
start_thread(struct publisher *p)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(&p->thread, NULL, run, p) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

struct publisher *
publisher_start(
    const struct config *config, const struct ca *ca, struct fault *why)
{
	struct publisher *p = calloc(1, sizeof(*p));

	if (p == NULL || (p->ca = ca_share(ca)) == NULL) {
		free(p);
		fault_set(why, "out of memory");
		return NULL;
	}
	p->config = config;
	snprintf(p->path, sizeof(p->path), "%s/%s", config->crl.folder,
	    config_crl_name(config));
	p->base = loop_new();
	if (start_thread(p))
		return p;
	fault_set(why, "the system gives no threads");
	event_base_free(p->base);
	ca_free(p->ca);
	free(p);
	return NULL;
}

static void
on_stop(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(base);
}

void
publisher_stop(struct publisher *p)
{
	if (p == NULL)
		return;
	/* A loop that has not begun yet would forget a break. */
	if (event_base_once(p->base, -1, EV_TIMEOUT, on_stop, p->base, NULL) !=
	    0)
		event_base_loopbreak(p->base);
	pthread_join(p->thread, NULL);
	event_base_free(p->base);
	ca_free(p->ca);
	free(p);
}
