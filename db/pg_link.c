#include "db/pg_link.h"

#include "base/log.h"
#include "base/loop.h"
#include "base/xalloc.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For the whole way in, all hosts of the conninfo together. */
#define CONNECT_MS 5000
/* A database that stays away is told of once in so many attempts. */
#define TELL_EVERY 30

struct pg_link {
	struct event_base *base;
	struct pg_link_options o;
	PGconn *conn;
	bool connected;		  /* in pipeline mode */
	bool broken;		  /* `soon` will drop it */
	unsigned tries;		  /* attempts since it was settled */
	struct event read;	  /* persistent while connected */
	struct event write;	  /* pending while libpq holds bytes back */
	struct event poll;	  /* while connecting */
	struct loop_timer *timer; /* connect limit, or the next attempt */
	struct loop_timer *soon;  /* a break to be carried out */
};

static void connect_now(void *arg);

/* The first line: libpq's others give advice to a person at a terminal. */
static void
tell(const struct pg_link *l, const char *why)
{
	struct log_line line;

	if (l->tries % TELL_EVERY != 0)
		return;
	log_begin(&line, LOG_LINE_WARN, "postgres");
	log_text(&line, "connection", l->o.application);
	log_bytes(&line, "lost", why, strcspn(why, "\n"));
	log_end(&line);
}

/* Server notices have a place in the server's log, not on our stderr. */
static void
on_notice(void *arg, const PGresult *notice)
{
	(void)arg;
	log_say(LOG_LINE_DEBUG, "postgres", PQresultErrorMessage(notice));
}

static void
forget(struct pg_link *l)
{
	loop_cancel(l->timer);
	loop_cancel(l->soon);
	l->timer = l->soon = NULL;
	if (event_initialized(&l->poll))
		event_del(&l->poll);
	if (event_initialized(&l->read))
		event_del(&l->read);
	if (event_initialized(&l->write))
		event_del(&l->write);
	PQfinish(l->conn);
	l->conn = NULL;
	l->connected = l->broken = false;
}

void
pg_link_drop(struct pg_link *l, const char *why)
{
	tell(l, why);
	forget(l);
	l->timer =
	    loop_after(l->base, loop_backoff_ms(l->tries), connect_now, l);
	l->tries++;
	l->o.lost(l->o.arg);
}

static void
on_soon(void *arg)
{
	struct pg_link *l = arg;

	l->soon = NULL;
	pg_link_drop(l, "could not send");
}

void
pg_link_break(struct pg_link *l, const char *why)
{
	if (l->broken || l->conn == NULL)
		return;
	log_say(LOG_LINE_WARN, "postgres", why);
	l->broken = true;
	l->soon = loop_after(l->base, 0, on_soon, l);
}

void
pg_link_flush(struct pg_link *l)
{
	int left;

	if (pg_link_conn(l) == NULL)
		return;
	left = PQflush(l->conn);
	if (left < 0)
		pg_link_break(l, PQerrorMessage(l->conn));
	else if (left > 0)
		event_add(&l->write, NULL);
}

static void
on_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pg_link_flush(arg);
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct pg_link *l = arg;

	(void)fd;
	(void)what;
	if (l->broken)
		return;
	if (PQconsumeInput(l->conn) == 0) {
		pg_link_drop(l, PQerrorMessage(l->conn));
		return;
	}
	/* A server that waits for us to read reads again now. */
	if (event_pending(&l->write, EV_WRITE, NULL))
		pg_link_flush(l);
	l->o.readable(l->o.arg);
}

static void
established(struct pg_link *l)
{
	evutil_socket_t fd = PQsocket(l->conn);

	loop_cancel(l->timer);
	l->timer = NULL;
	if (PQsetnonblocking(l->conn, 1) != 0 ||
	    PQenterPipelineMode(l->conn) != 1) {
		pg_link_drop(l, "no pipeline mode");
		return;
	}
	event_assign(&l->read, l->base, fd, EV_READ | EV_PERSIST, on_read, l);
	event_assign(&l->write, l->base, fd, EV_WRITE, on_write, l);
	event_add(&l->read, NULL);
	l->connected = true;
	l->o.connected(l->o.arg);
}

static void on_poll(evutil_socket_t fd, short what, void *arg);

/* libpq may have gone on to another host: the socket is asked for anew. */
static void
wait_for(struct pg_link *l, short what)
{
	event_assign(&l->poll, l->base, PQsocket(l->conn), what, on_poll, l);
	event_add(&l->poll, NULL);
}

static void
on_poll(evutil_socket_t fd, short what, void *arg)
{
	struct pg_link *l = arg;

	(void)fd;
	(void)what;
	switch (PQconnectPoll(l->conn)) {
	case PGRES_POLLING_READING:
		wait_for(l, EV_READ);
		break;
	case PGRES_POLLING_WRITING:
		wait_for(l, EV_WRITE);
		break;
	case PGRES_POLLING_OK:
		established(l);
		break;
	default:
		pg_link_drop(l, PQerrorMessage(l->conn));
	}
}

static void
on_connect_limit(void *arg)
{
	struct pg_link *l = arg;

	l->timer = NULL;
	pg_link_drop(l, "connecting took too long");
}

/*
 * What stands before the conninfo can be changed by it, what comes after
 * cannot. A host that swallows packets is given up by tcp_user_timeout, so
 * that the next host has its turn within CONNECT_MS.
 */
static PGconn *
start(const struct pg_link *l)
{
	char limit[24];
	const char *const keys[] = { "keepalives_idle", "keepalives_interval",
		"keepalives_count", "tcp_user_timeout", "dbname",
		"application_name", "client_encoding", "target_session_attrs",
		NULL };
	const char *const values[] = { "10", "5", "3", limit, l->o.conninfo,
		l->o.application, "UTF8", "read-write", NULL };

	snprintf(limit, sizeof limit, "%lld", (long long)l->o.answer_ms + 600);
	return PQconnectStartParams(keys, values, 1);
}

static void
connect_now(void *arg)
{
	struct pg_link *l = arg;

	l->timer = NULL;
	l->conn = start(l);
	if (l->conn == NULL) {
		pg_link_drop(l, "out of memory");
		return;
	}
	if (PQstatus(l->conn) == CONNECTION_BAD) {
		pg_link_drop(l, PQerrorMessage(l->conn));
		return;
	}
	PQsetNoticeReceiver(l->conn, on_notice, NULL);
	l->timer = loop_after(l->base, CONNECT_MS, on_connect_limit, l);
	wait_for(l, EV_WRITE);
}

struct pg_link *
pg_link_open(struct event_base *base, const struct pg_link_options *o)
{
	struct pg_link *l = xcalloc(1, sizeof *l);

	l->base = base;
	l->o = *o;
	l->timer = loop_after(base, 0, connect_now, l);
	return l;
}

void
pg_link_close(struct pg_link *l)
{
	if (l == NULL)
		return;
	forget(l);
	free(l);
}

PGconn *
pg_link_conn(const struct pg_link *l)
{
	return l->connected && !l->broken ? l->conn : NULL;
}

void
pg_link_settled(struct pg_link *l)
{
	l->tries = 0;
}
