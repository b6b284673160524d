/*
 * writer - an answer as the bytes that go to the client.
 */
#ifndef HTTP_WRITER_H
#define HTTP_WRITER_H

#include <stdbool.h>
#include <time.h>

#include "http/gate.h"

struct evbuffer;

enum {
	WRITER_HEAD_MAX =
	    900, /* strongSwan reads the head in one go, EST-032 */
	WRITER_LINE_MAX = 500,
	WRITER_FIELDS_MAX = 12,
	/* of a browser */
	WRITER_LONG_HEAD_MAX = 2048,
	WRITER_MANY_FIELDS_MAX = 21
};

/*
 * The whole answer in one piece of memory, so that one write carries it.
 * `no_body`: the answer to HEAD. `close`: say that the connection ends. The
 * caller frees the buffer. NULL: no memory.
 */
struct evbuffer *writer_reply(
    const struct gate_reply *reply, time_t now, bool no_body, bool close);

/*
 * The gate's own answer to what it refuses: `why` as a line of text, but for
 * the statuses that have none in est-conformance 2.3. The connection ends.
 */
struct evbuffer *writer_refusal(
    int status, const char *why, time_t now, bool no_body);

/* Never empty: Bouncy Castle misreads an empty one, EST-030. */
const char *writer_reason(int status);

#endif
