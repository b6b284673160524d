/*
 * answer - one HTTP/1.1 answer, read as it comes in.
 *
 * Owns:    its buffer, which is kept from answer to answer.
 * Fails:   ANSWER_BAD for what is no HTTP or longer than ANSWER_MAX.
 *
 * Bodies may be counted, chunked or end with the connection (RFC 9112 6.3);
 * 1xx answers are passed over.
 */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#define ANSWER_MAX (1024 * 1024) /* bytes, head and body */

enum answer_rc {
	ANSWER_MORE,
	ANSWER_DONE,
	ANSWER_BAD
};

enum answer_form {
	ANSWER_NONE,
	ANSWER_COUNTED,
	ANSWER_CHUNKED,
	ANSWER_TO_EOF
};

struct answer {
	char *bytes;	       /* all that came */
	size_t len;	       /* in bytes */
	size_t cap;	       /* of bytes */
	size_t head_len;       /* 0: the head is not complete */
	int status;	       /* RFC 9110 15 */
	bool keep;	       /* the connection may be used again */
	enum answer_form form; /* of the body */
	size_t body_len;       /* counted: promised; else: so far */
	size_t parsed;	       /* chunked: bytes understood */
	size_t chunk_left;     /* chunked: of this chunk */
	bool in_chunk;	       /* chunked: data, not size, is next */
	bool last_chunk;       /* chunked: trailers are next */
};

/* Forgets the former answer. A zeroed struct is ready as well. */
void answer_reset(struct answer *a);

/* What was read into it; the struct is the caller's. */
void answer_free(struct answer *a);

/* Room for at least 1 byte; *room is how much. NULL: too long. */
char *answer_room(struct answer *a, size_t *room);

/* `n` bytes were put into the room. */
enum answer_rc answer_feed(struct answer *a, size_t n);

/* The connection ended. */
enum answer_rc answer_end(struct answer *a);

/* The body of a complete answer, valid until answer_reset(). */
const char *answer_body(const struct answer *a, size_t *len);

/*
 * True if the text is base64 of what begins as a certs-only SignedData
 * (RFC 7030 4.1.3, RFC 5652 5.1): no digest algorithms, no content, then
 * certificates. Line ends and blanks between the characters are fine.
 */
bool answer_certs_only(const char *text, size_t len);

#endif
