/*
 * engine - leads each request of a listener through the steps of its
 * endpoint, and knows none of them: a door hands over a table of endpoints,
 * and the engine makes the state, runs the steps, keeps the deadline, replies,
 * writes the log line, and frees.
 *
 *	engine = engine_new(base, limit_ms);	one for each thread
 *	engine_mount(engine, &est_door, est);	as many doors as there are
 *	calls = engine_calls(engine);		for gate_attach()
 *
 * Owns:    the flows. What a door is mounted with stays the caller's.
 * Waits:   never.
 * Fails:   a request that nobody knows is answered with 404, one with the
 *          wrong method with 405 and Allow, one that takes too long with 503.
 * Threads: one engine belongs to one event base.
 */
#ifndef HTTP_ENGINE_H
#define HTTP_ENGINE_H

#include "base/buf.h"
#include "http/flow.h"
#include "http/gate.h"

struct endpoint {
	const char *name;    /* "operation" of the log line */
	const char *methods; /* as Allow has them: "GET, HEAD" */
	const char *path;    /* exactly; NULL where the door has a find() */
	size_t state_size;   /* bytes of flow->state; 0: it has none */
	const struct flow_step *steps;
	/* Gives back what the state holds, before the reply. NULL: nothing. */
	void (*leave)(struct flow *);
	/* Adds what only it knows to the log line. NULL: nothing. */
	void (*log)(const struct flow *, struct log_line *);
	bool
	    quiet; /* what ends well is told at debug level: it counts itself */
};

struct door {
	/* Up to NULL; none where the door has a find(). */
	const struct endpoint *const *endpoints;
	/*
	 * Where a path is more than a word: finds the endpoint of flow_path()
	 * and may keep what else it says in flow->found. NULL: none of ours.
	 */
	const struct endpoint *(*find)(struct flow *);
	/* Adds to the log line of each request whose endpoint is found. */
	void (*log)(const struct flow *, struct log_line *);
	/* Its own 404 for what nobody knows. NULL: the engine's. */
	const struct flow_refusal *(*unknown)(const struct flow *);
	/*
	 * Sets type and body of a refusal, the engine's own as well, and adds
	 * fields. NULL: its text is sent as such.
	 */
	void (*tell)(struct flow *);
	/*
	 * Of the first door: the body of what the gate refuses before it is a
	 * request, and its type; `languages` as struct gate_calls has them.
	 * NULL: a line of text.
	 */
	void (*tell_unread)(
	    int status, const char *languages, struct buf *body);
	const char *unread_type;
	/* Go with each of its answers, up to a NULL name; NULL: for EST
	 * clients, who take no long heads (http/gate.h). */
	const struct flow_field *fields;
};

struct engine *engine_new(struct event_base *, int64_t limit_ms);

/*
 * Doors are asked in the order in which they were mounted; the first one
 * answers what none of them knows. `own` is flow->own of its requests.
 */
void engine_mount(struct engine *, const struct door *, void *own);

struct gate_calls engine_calls(struct engine *);

/* Flows that have not ended. */
unsigned engine_in_work(const struct engine *);

/* After gate_free(); what goes on without its client ends here. */
void engine_free(struct engine *);

#endif
