/*
 * reader - the bytes of one connection, made into requests one after the
 * other. Bytes go in, a verdict comes out; it knows no socket and no library.
 *
 *	reader_read() .. READER_WHOLE; reader_plain(); reader_clear(); again
 *
 * Owns:  the head and the body of the current request; nothing between two,
 *        for most connections are idle. Wiped by reader_clear().
 * Fails: by READER_REFUSED; the framing of what follows is then in doubt.
 */
#ifndef HTTP_READER_H
#define HTTP_READER_H

#include <stdbool.h>

#include "base/buf.h"
#include "http/chunked.h"
#include "http/head.h"

enum reader_rc {
	READER_IDLE,   /* nothing of a request has come */
	READER_HEAD,   /* a part of its head has */
	READER_BODY,   /* the head is whole, the body is not */
	READER_WHOLE,  /* both are */
	READER_REFUSED /* it cannot become a request: `status` and `why` */
};

struct reader {
	struct head_limits limits;
	struct head *head; /* NULL between requests */
	bool head_whole;
	struct buf text; /* the bytes of the head */
	struct buf body; /* decoded so far */
	struct chunked chunked;
	int status;
	const char *why; /* see head.h */
};

/* The limits are copied. */
void reader_init(struct reader *t, const struct head_limits *limits);
/* Forget this request, and wipe it: its head may hold a password. It may be
 * used again. */
void reader_clear(struct reader *t);

/*
 * Goes on with these bytes, and tells how many of them belong to the request:
 * all, unless it has become whole or is refused. Bytes need not be kept. Not
 * to be called after the latter two before reader_clear().
 */
enum reader_rc reader_read(
    struct reader *t, const char *bytes, size_t len, size_t *used);

/* In READER_BODY: would the client like to hear 100 Continue? */
bool reader_wants_continue(const struct reader *t);

/* Is this a HEAD request, as far as can be said? */
bool reader_is_head(const struct reader *t);

/*
 * What the first field of that name says, as far as the head has come, also of
 * a request that is refused; `value` has `size` bytes, and less is kept of what
 * is longer. False: there is none so far.
 */
bool reader_field(
    const struct reader *t, const char *name, char *value, size_t size);

/*
 * Of a whole request: what stood behind the `?`, for free(); or NULL. False:
 * no memory.
 */
bool reader_query(const struct reader *t, char **text);

/*
 * Write the whole request as head_plain() has it, with its body. `out` has
 * room for reader_plain_room() bytes. Returns how many were written.
 */
size_t reader_plain(const struct reader *t, char *out);
size_t reader_plain_room(const struct reader *t);

#endif
