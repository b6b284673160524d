/*
 * reader - the bytes of one connection, made into requests one after the
 * other. It reads no socket: bytes are put into `in`, requests come out.
 *
 *	reader_read() .. READER_WHOLE; reader_plain(); reader_next(); again
 */
#ifndef HTTP_READER_H
#define HTTP_READER_H

#include <stdbool.h>

#include "http/chunked.h"
#include "http/head.h"

struct evbuffer;

enum reader_rc {
	READER_IDLE,   /* nothing of a request has come */
	READER_HEAD,   /* a part of its head has */
	READER_BODY,   /* the head is whole, the body is not */
	READER_WHOLE,  /* both are */
	READER_REFUSED /* it cannot become a request: `status` and `why` */
};

struct reader {
	struct evbuffer *in;   /* received, not yet used; anybody may add */
	struct evbuffer *body; /* decoded so far */
	struct head_limits limits;
	struct head *head; /* NULL between requests: most are idle */
	char *text;	   /* the bytes of a whole head */
	struct chunked chunked;
	int status;
	const char *why; /* see head.h */
};

void reader_init(struct reader *t, const struct head_limits *limits);
void reader_clear(struct reader *t);

/* Use what is in `in`, up to the end of the request at most. */
enum reader_rc reader_read(struct reader *t);

/* In READER_BODY: would the client like to hear 100 Continue? */
bool reader_wants_continue(const struct reader *t);

/* Is this a HEAD request, as far as can be said? */
bool reader_is_head(const struct reader *t);

/* Of a whole request: what stood behind the `?`, for free(); or NULL. */
char *reader_query(const struct reader *t);

/* Add the whole request to `out` as head_plain() has it; takes the body. */
void reader_plain(struct reader *t, struct evbuffer *out);

/* Forget this request, and wipe its head, which may hold a password. */
void reader_next(struct reader *t);

#endif
