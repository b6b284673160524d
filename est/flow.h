/*
 * flow - one request on its way through a table of steps.
 *
 *	static const struct step steps[] = {
 *		{ "find holder", ask_holder },
 *		...
 *		{ NULL, NULL },
 *	};
 *
 * A step returns NEXT, WAIT or FAIL. One that waits has asked one question
 * and kept its call in `asked`; the function that hears the answer ends with
 * flow_resume(), always last, because the flow may be gone after it.
 *
 * Only flow_end() (static, reached through flow_resume, the deadline and a
 * client that leaves) logs the outcome, replies and frees.
 */
#ifndef EST_FLOW_H
#define EST_FLOW_H

#include <evhtp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/log.h"
#include "est/fail.h"
#include "est/front.h"
#include "est/route.h"

struct flow;
struct loop_timer;

enum next {
	NEXT,
	WAIT,
	FAIL
};

struct step {
	const char *name;
	enum next (*run)(struct flow *);
};

struct flow {
	struct flow *next, *before; /* in the front's list */
	struct front *front;
	evhtp_request_t *request; /* NULL: the client has gone */
	struct route route;	  /* what is asked for */
	const struct step *step;  /* in work */
	struct arena *arena;	  /* of the whole request, wiped at its end */
	struct call *asked;	  /* the one open question, or NULL */
	struct loop_timer *deadline;
	void *state; /* of the endpoint, in the arena */
	/* Gives back what the endpoint holds; before the reply. NULL: none. */
	void (*leave)(struct flow *);
	bool unstoppable; /* goes on when the client leaves (F-05) */

	/* what the reply will be */
	enum fail fail;
	const char *why;  /* FAIL_REQUEST, FAIL_WINDOW: one sentence */
	unsigned retry_s; /* FAIL_THROTTLED */
	const char *type; /* of the body on success */
	const char *body;
	size_t body_len;
	bool base64; /* Content-Transfer-Encoding: base64 */

	/* for the log line */
	uint64_t id;
	int64_t began_us;
	const char *user;     /* only after the password was right (EST-300) */
	const char *key_kind; /* of the CSR, e.g. "p256" */
	const unsigned char *key;    /* its digest, SHA-256 of the SPKI */
	const unsigned char *serial; /* of the certificate handed out */
	const char *note;	     /* e.g. "again" */
	/* "yes": a secret took a place and was judged (I-7). "no": it was
	 * not looked at. NULL: there was none. */
	const char *evaluated;
};

/* A whole request has arrived; the flow answers it, now or later. */
void flow_begin(struct front *, evhtp_request_t *);

/* Goes on with the next step, or ends the flow. Always the last call. */
void flow_resume(struct flow *, enum next);

/* For steps: `return flow_fail(f, FAIL_X);` */
enum next flow_fail(struct flow *, enum fail);
enum next flow_refuse(struct flow *, const char *why); /* FAIL_REQUEST */

/* The client has left while its request was in work. */
void flow_gone(struct front *, evhtp_request_t *);

#endif
