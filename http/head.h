/*
 * head - one HTTP/1.1 or HTTP/1.0 request head, read from bytes and judged.
 *
 * Pure: no I/O, no allocation, no clock. The bytes stay with the caller, who
 * calls head_read() again with the same bytes and more behind them; what was
 * looked at once is not looked at again, so that a head that arrives byte by
 * byte costs no more than one that arrives at once. Everything found is an
 * offset into those bytes, because they may move between two calls.
 *
 * A head is refused at the first byte that cannot be part of a good one. After
 * a refusal the framing is in doubt: answer, close, read no further request.
 * Nothing is guessed or mended: two ways to read a head are one too many.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HEAD_FIELDS_MAX = 64,  /* one more is 431 */
	HEAD_LINE_MAX = 8000,  /* bytes with CR LF; libevhtp drops 8192 */
	HEAD_STRAY_MAX = 4,    /* empty lines skipped before a request line */
	HEAD_PLAIN_EXTRA = 128 /* see head_plain() */
};

struct head_limits {
	size_t head;   /* bytes, first to last CR LF; more is 431 */
	size_t target; /* bytes; more is 414 */
	size_t body;   /* bytes; a larger Content-Length is 413 */
};

enum head_rc {
	HEAD_MORE,
	HEAD_WHOLE,
	HEAD_REFUSED
};

enum head_framing {
	HEAD_NO_BODY,
	HEAD_BODY_SIZED, /* by Content-Length */
	HEAD_BODY_CHUNKED
};

struct head_part {
	uint32_t at;  /* offset into the bytes */
	uint32_t len; /* bytes */
};

struct head_field {
	struct head_part name;
	struct head_part value; /* without white space around it */
};

struct head {
	/* What a whole head says. */
	struct head_part method;
	struct head_part path;	/* of the target, undecoded, begins with / */
	struct head_part query; /* behind the ?; at == 0: there is no ? */
	struct head_field
	    fields[HEAD_FIELDS_MAX]; /* those that are passed on */
	unsigned n_fields;
	enum head_framing framing;
	uint64_t length;     /* Content-Length of a sized body, bytes */
	bool old;	     /* HTTP/1.0 */
	bool wants_continue; /* Expect: 100-continue, RFC 9110 10.1.1 */
	bool wants_close;    /* Connection: close, RFC 9112 9.6; or old */
	size_t end;	     /* offset of the first byte of the body */

	/* What is wrong with a refused one. */
	int status;	 /* HTTP status */
	const char *why; /* a sentence without the client's bytes, static */

	/* How far the reading got. */
	size_t seen;	  /* offset of the first byte not looked at */
	size_t start;	  /* offset of the request line */
	size_t line;	  /* offset of the current line */
	size_t gap;	  /* offset of the space before the target */
	bool in_target;	  /* behind that space, before the next */
	unsigned n_stray; /* empty lines skipped */
	unsigned n_lines; /* field lines */
	unsigned n_host, n_length, n_coding; /* fields of these names */
	bool bad_length, foreign_coding, foreign_expect, coded;
};

/* For another head; nothing is to be freed. */
void head_init(struct head *h);

/*
 * Look at `bytes`, `len` of them, the first of them always the same one.
 * HEAD_MORE: the head is not complete. HEAD_WHOLE: it ends at h->end.
 * HEAD_REFUSED: h->status and h->why say what is wrong. Not to be called again
 * after either of the latter two.
 */
enum head_rc head_read(struct head *h, const struct head_limits *limits,
    const char *bytes, size_t len);

/* False while nothing but stray empty lines has come (RFC 9112 2.2). */
bool head_begun(const struct head *h);

/* Is the method this one? Valid once the request line was read. */
bool head_is(const struct head *h, const char *bytes, const char *method);

/* The value of the first field of that name among those read so far; NULL:
 * none, or one that is not passed on. */
const struct head_part *head_find(
    const struct head *h, const char *bytes, const char *name);

/*
 * Write the head anew in its plainest form: path without query, one space
 * behind each colon, no Transfer-Encoding, Trailer or Expect, and a
 * Content-Length of `length` if the request had a body. `out` has room for
 * h->end + HEAD_PLAIN_EXTRA bytes. Returns how many were written.
 */
size_t head_plain(
    const struct head *h, const char *bytes, uint64_t length, char *out);

#endif
