/*
 * line - one TLS connection to the server, one request at a time.
 *
 * Owns:    socket, TLS state and the answer; the request stays the caller's
 *          until the news.
 * Waits:   never; news come by callback, and never before the function that
 *          caused them has returned.
 * Fails:   by news; the line is closed then and may be opened again.
 */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include "bench/answer.h"
#include "bench/peer.h"

#include <event2/event.h>

#include <stdbool.h>
#include <stddef.h>

enum line_news {
	LINE_READY,	 /* the handshake is done, ask */
	LINE_ANSWERED,	 /* see line_answer() */
	LINE_NO_CONNECT, /* TCP failed */
	LINE_NO_TLS,	 /* TLS failed, also by a late alert */
	LINE_LOST,	 /* closed in the middle, or while idle */
	LINE_LATE,	 /* the deadline passed */
	LINE_GARBLED	 /* no HTTP */
};

typedef void line_cb(void *arg, enum line_news news);

struct line;

/* `peer` must live longer than the line. */
struct line *line_new(
    struct event_base *base, const struct peer *peer, line_cb *cb, void *arg);

/* Closes it first. NULL is fine. */
void line_free(struct line *l);

/* Connects as `who`; news: LINE_READY or a failure. */
void line_open(struct line *l, struct identity *who);

/* Sends a request over an open, idle line; news: LINE_ANSWERED or failure. */
void line_ask(struct line *l, const char *bytes, size_t len);

/* From now until LINE_ANSWERED or failure; 0 takes the deadline away. */
void line_deadline(struct line *l, double seconds);

/* Says goodbye to the server and closes; fine when closed. */
void line_close(struct line *l);

/* True once the handshake is done, until the line is closed. */
bool line_is_open(const struct line *l);

/* True if the connection has brought an answer before this one. */
bool line_was_used(const struct line *l);

/* True if nothing of the present answer has come yet. */
bool line_is_silent(const struct line *l);

/* Of an open line, to ask what was agreed on. */
const SSL *line_tls(const struct line *l);

/* The answer of LINE_ANSWERED, until the next line_ask(). */
const struct answer *line_answer(const struct line *l);

/* What the last failure was, for people. */
const char *line_why(const struct line *l);

#endif
