/*
 * pg_link - the connection below db/pg: connecting, coming back, and the
 * socket's events. It knows nothing of questions.
 *
 * libpq does the protocol, libevent the waiting; nothing in here blocks, with
 * one exception that is the operator's choice: a host *name* in the conninfo
 * is looked up by libpq while everybody waits. Give `hostaddr` or a socket.
 */
#ifndef DB_PG_LINK_H
#define DB_PG_LINK_H

#include <libpq-fe.h>
#include <stdint.h>

struct event_base;
struct pg_link;

/* Each is the last thing the link does with itself in that round. */
struct pg_link_options {
	const char *conninfo;
	const char *application;
	int64_t answer_ms;
	void (*connected)(void *arg); /* in pipeline mode; set it up */
	void (*readable)(void *arg);  /* input was taken in; read results */
	void (*lost)(void *arg);      /* all questions are void */
	void *arg;
};

/* The options are copied; the first attempt to connect comes later. */
struct pg_link *pg_link_open(
    struct event_base *, const struct pg_link_options *);
/* Without a call of `lost`. NULL is fine. */
void pg_link_close(struct pg_link *);

/* The connection to send on or read from; NULL while there is none. */
PGconn *pg_link_conn(const struct pg_link *);

/* The set-up went well: the next attempts start with short waits again. */
void pg_link_settled(struct pg_link *);

/* What was sent goes out as soon as the socket takes it. */
void pg_link_flush(struct pg_link *);

/* Gives the connection up and calls `lost`, now. */
void pg_link_drop(struct pg_link *, const char *why);

/*
 * The same when the caller must not be called back yet: there is no
 * connection from now on, `lost` comes when the loop runs again.
 */
void pg_link_break(struct pg_link *, const char *why);

#endif
