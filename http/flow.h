/*
 * flow - one request on its way through a table of steps, as the steps see
 * it. What runs them is http/engine.h.
 *
 *	static const struct flow_step steps[] = {
 *		{ "find holder", when_named, find_holder },
 *		{ "reply", NULL, reply },
 *		{ NULL },
 *	};
 *
 * A step whose condition does not hold is passed by. One that runs returns
 * FLOW_NEXT, FLOW_WAIT or FLOW_FAIL. One that waits has asked one question
 * and kept its call in `asked`; the function that hears the answer ends with
 * flow_resume(), always last, because the flow may be gone after it.
 *
 * Owns:    the arena, wiped when the flow ends; the state lies in it.
 * Waits:   never; a step asks and is done.
 * Fails:   by a refusal, once; the engine replies, logs and frees.
 * Threads: a flow lives and dies on the thread of its engine.
 */
#ifndef HTTP_FLOW_H
#define HTTP_FLOW_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/log.h"
#include "http/turnaways.h"

struct door;
struct endpoint;
struct engine;
struct evhtp_request;
struct flow;
struct loop_timer;

enum flow_next {
	FLOW_NEXT, /* go on with the next step; behind the last one: reply */
	FLOW_WAIT, /* `asked` is open; flow_resume() will be called */
	FLOW_FAIL, /* `refusal` says why */
};

struct flow_step {
	const char *name;		   /* in the log; NULL: the end */
	bool (*when)(const struct flow *); /* NULL: always */
	enum flow_next (*run)(struct flow *);
};

struct flow_field {
	const char *name, *value;
};

/* One way in which a request is refused; a door has a table of them. */
struct flow_refusal {
	int status;		 /* HTTP */
	enum log_level level;	 /* of the request's line */
	const char *word;	 /* "outcome" of that line */
	const char *text;	 /* one sentence for the client; NULL: none */
	struct flow_field field; /* goes with it, or nothing */
	unsigned retry_s;	 /* Retry-After; 0: none */
	bool close;		 /* the connection ends; 5xx always do */
};

enum {
	FLOW_FIELDS_MAX = 8 /* of a door's own in one answer */
};

struct flow {
	TAILQ_ENTRY(flow) all;
	struct engine *engine;
	struct evhtp_request *request;	 /* NULL: the client has gone */
	const struct door *door;	 /* that knows the path, or the first */
	void *own;			 /* what that door was mounted with */
	const struct endpoint *endpoint; /* NULL: nobody knows the path */
	const void *found; /* what the door's find() read from the path */
	const struct flow_step *step; /* in work; NULL: none yet */
	struct arena *arena;	      /* of the whole request */
	void *state;		      /* of the endpoint, zeroed at first */
	struct call *asked;	      /* the one open question, or NULL */
	struct loop_timer *deadline;
	bool unstoppable; /* goes on when the client leaves (F-05) */

	/* The answer: a refusal, or a body with its type. */
	const struct flow_refusal *refusal; /* NULL: 200, or `unchanged` */
	bool unchanged;	  /* 304: the client has it already (RFC 9110 15.4.5) */
	const char *text; /* instead of the refusal's own; NULL: that */
	unsigned retry_s; /* the same; 0: that */
	struct flow_field told; /* goes with the refusal, too; or nothing */
	const char *type;	/* of the body */
	const void *body;	/* lives until the flow has ended */
	size_t body_len;
	struct flow_field fields[FLOW_FIELDS_MAX];
	unsigned fields_count;

	uint64_t id; /* random, "req" of the log line */
	int64_t began_us;
};

TAILQ_HEAD(flow_list, flow);

/* ------------------------------------------------------------- going on */

/* Goes on with the next step, or ends the flow. Always the last call. */
void flow_resume(struct flow *, enum flow_next);

/*
 * For steps: `return flow_refuse(f, &refusals[...]);`. `text`, where it is not
 * NULL, is told instead of the refusal's own; it lives as long as the flow.
 */
enum flow_next flow_refuse(
    struct flow *, const struct flow_refusal *, const char *text);

/* ----------------------------------------------------------- the request */

/* The client has left; nothing that asks for its request is to be called. */
static inline bool
flow_client_gone(const struct flow *f)
{
	return f->request == NULL;
}

/* Is it that method? */
bool flow_is(const struct flow *, const char *method);
/* The path, undecoded and without the query. Never NULL. */
const char *flow_path(const struct flow *);
/* The first field of that name, or NULL; lives as long as the request. */
const char *flow_header(const struct flow *, const char *name);
/* The same, and false if there are several. */
bool flow_header_once(
    const struct flow *, const char *name, const char **value);
/* The whole body, decoded; may be overwritten. Not NULL unless empty. */
unsigned char *flow_body(const struct flow *, size_t *len);
/* The client's address as text, "unknown" if it has none (a Unix socket). */
enum {
	FLOW_PEER_SIZE = 64
};
void flow_peer(const struct flow *, char address[FLOW_PEER_SIZE]);
/* It is refused for the sake of others, and counted there. */
void flow_turn_away(const struct flow *, enum turnaway);
/* NULL on plain HTTP. */
SSL *flow_tls(const struct flow *);
/* The name that the client wants to speak with by TLS (SNI), or NULL. */
const char *flow_server_name(const struct flow *);

/* ------------------------------------------------------------ the answer */

/* 200 with this body; both pointers live until the flow has ended. */
void flow_answer(struct flow *, const char *type, const void *body, size_t len);
/* One field more, of a success; of a refusal only by the door's tell(). */
void flow_field(struct flow *, const char *name, const char *value);

#endif
