/*
 * chunked - the chunked transfer coding of a request body, taken off.
 *
 * Pure and incremental: bytes go in as they come, data comes out at once, and
 * nothing is kept but a few numbers. RFC 9112 7.1, read narrowly: sizes are 1
 * to 7 hexadecimal digits with nothing around them, lines end with CR LF,
 * extensions and trailers are dropped, and together they are at most
 * CHUNKED_ASIDE_MAX bytes.
 */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include <stddef.h>

enum {
	CHUNKED_ASIDE_MAX = 1024
};

enum chunked_rc {
	CHUNKED_MORE,
	CHUNKED_DONE,	  /* the body has ended */
	CHUNKED_BAD,	  /* not chunked coding: 400 */
	CHUNKED_TOO_LARGE /* more data announced than allowed: 413 */
};

struct chunked {
	int state;	 /* enum in chunked.c */
	unsigned digits; /* of the current chunk size */
	size_t left;	 /* data bytes still to come in the current chunk */
	size_t total;	 /* data bytes announced so far */
	size_t max;	 /* data bytes allowed */
	size_t aside;	 /* bytes of extensions and trailers so far */
};

/* `max` bytes of data are allowed. */
void chunked_init(struct chunked *c, size_t max);

/*
 * Decode `len` bytes where they stand: on return the first `*n_data` of them
 * are data, and `*n_used` of the given ones were consumed (all of them, unless
 * the body ended before). Not to be called again after anything but
 * CHUNKED_MORE.
 */
enum chunked_rc chunked_decode(
    struct chunked *c, char *bytes, size_t len, size_t *n_used, size_t *n_data);

#endif
