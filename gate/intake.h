/*
 * intake - the bytes of one connection, made into requests one after the
 * other. It reads no socket: bytes are put into `in`, requests come out.
 *
 *	intake_read() .. INTAKE_WHOLE; intake_plain(); intake_next(); again
 */
#ifndef GATE_INTAKE_H
#define GATE_INTAKE_H

#include <stdbool.h>

#include "gate/chunked.h"
#include "gate/head.h"

struct evbuffer;

enum intake_rc {
	INTAKE_IDLE,   /* nothing of a request has come */
	INTAKE_HEAD,   /* a part of its head has */
	INTAKE_BODY,   /* the head is whole, the body is not */
	INTAKE_WHOLE,  /* both are */
	INTAKE_REFUSED /* it cannot become a request: `status` and `why` */
};

struct intake {
	struct evbuffer *in;   /* received, not yet used; anybody may add */
	struct evbuffer *body; /* decoded so far */
	struct head_limits limits;
	struct head *head; /* NULL between requests: most are idle */
	char *text;	   /* the bytes of a whole head */
	struct chunked chunked;
	int status;
	const char *why; /* see head.h */
};

void intake_init(struct intake *t, const struct head_limits *limits);
void intake_clear(struct intake *t);

/* Use what is in `in`, up to the end of the request at most. */
enum intake_rc intake_read(struct intake *t);

/* In INTAKE_BODY: would the client like to hear 100 Continue? */
bool intake_wants_continue(const struct intake *t);

/* Is this a HEAD request, as far as can be said? */
bool intake_is_head(const struct intake *t);

/* Of a whole request: what stood behind the `?`, for free(); or NULL. */
char *intake_query(const struct intake *t);

/* Add the whole request to `out` as head_plain() has it; takes the body. */
void intake_plain(struct intake *t, struct evbuffer *out);

/* Forget this request, and wipe its head, which may hold a password. */
void intake_next(struct intake *t);

#endif
