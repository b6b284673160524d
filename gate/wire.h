/*
 * wire - an answer as the bytes that go to the client.
 */
#ifndef GATE_WIRE_H
#define GATE_WIRE_H

#include <stdbool.h>
#include <time.h>

#include "gate/gate.h"

struct evbuffer;

enum {
	WIRE_HEAD_MAX = 900, /* strongSwan reads the head in one go, EST-032 */
	WIRE_LINE_MAX = 500,
	WIRE_FIELDS_MAX = 12,
	WIRE_DATE_SIZE = 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" and NUL */
};

/*
 * The whole answer in one piece of memory, so that one write carries it.
 * `no_body`: the answer to HEAD. `close`: say that the connection ends. The
 * caller frees the buffer. Ends the process if there is no memory.
 */
struct evbuffer *wire_reply(
    const struct gate_reply *reply, time_t now, bool no_body, bool close);

/* IMF-fixdate, RFC 9110 5.6.7, whatever the locale. */
void wire_date(time_t t, char out[WIRE_DATE_SIZE]);

/* Never empty: Bouncy Castle misreads an empty one, EST-030. */
const char *wire_reason(int status);

#endif
