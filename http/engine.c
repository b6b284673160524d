/*
 * The way of a request: begin() -> endpoint -> table of steps -> end(). Three
 * things can happen to a flow that waits: its answer comes, its deadline
 * passes, its client leaves. Whichever comes first ends or moves it; the other
 * two are taken back, and the answer of a forgotten question is dropped by the
 * module that was asked.
 */
#include "http/engine.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/xalloc.h"

#include <assert.h>
#include <evhtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DOORS_MAX = 8,
	TEXT_MAX = 320,	   /* bytes of a refusal's body */
	UNREAD_MAX = 1024, /* of one by the gate */
	FIELDS_OF_DOOR_MAX = 5
};

/* Fields of one answer; values live as long as the struct. */
struct fields {
	struct gate_field at[FLOW_FIELDS_MAX + FIELDS_OF_DOOR_MAX + 6];
	size_t n;
	char retry[16];
};

struct engine {
	struct event_base *base;
	int64_t limit_ms;
	struct mount {
		const struct door *door;
		void *own;
	} mounts[DOORS_MAX];
	unsigned mounts_count;
	struct flow_list flows;
	unsigned in_work;
	struct { /* the last that the gate has refused */
		struct fields fields;
		struct buf body;
	} unread;
};

/* --------------------------------------------------------- own refusals */

static const struct flow_refusal no_path = { .status = 404,
	.level = LOG_LINE_INFO,
	.word = "no-path",
	.text = "There is nothing here." };

static const struct flow_refusal wrong_method = { .status = 405,
	.level = LOG_LINE_INFO,
	.word = "method",
	.text = "This operation takes another method; see Allow." };

static const struct flow_refusal too_late = { .status = 503,
	.level = LOG_LINE_WARN,
	.word = "deadline",
	.text = "The service is not available at the moment; try again later.",
	.retry_s = 60 }; /* of each 503 (EST-219) */

static const struct flow_refusal no_memory = { .status = 503,
	.level = LOG_LINE_WARN,
	.word = "no-memory",
	.text = "There is no memory at the moment; try again later.",
	.retry_s = 60 };

/* ------------------------------------------------------------------ reply */

static void
add(struct fields *fields, const char *name, const char *value)
{
	assert(fields->n < sizeof(fields->at) / sizeof(fields->at[0]));
	fields->at[fields->n++] = (struct gate_field){ name, value };
}

static void
add_refusal_fields(struct fields *fields, const struct flow *f)
{
	const struct flow_refusal *r = f->refusal;
	unsigned retry_s = f->retry_s != 0 ? f->retry_s : r->retry_s;

	if (r->field.name != NULL)
		add(fields, r->field.name, r->field.value);
	if (f->told.value != NULL)
		add(fields, f->told.name, f->told.value);
	if (r == &wrong_method) {
		assert(f->endpoint != NULL);
		add(fields, "Allow", f->endpoint->methods);
	}
	if (retry_s != 0) {
		snprintf(fields->retry, sizeof(fields->retry), "%u", retry_s);
		add(fields, "Retry-After", fields->retry);
	}
	add(fields, "Cache-Control", "no-store"); /* of all answers (EST-047) */
}

static void
add_door_fields(struct fields *fields, const struct door *door)
{
	const struct flow_field *field = door != NULL ? door->fields : NULL;

	for (; field != NULL && field->name != NULL; field++)
		add(fields, field->name, field->value);
}

/* What goes with each answer of the door, and with this one. */
static void
add_own_fields(struct fields *fields, const struct flow *f)
{
	for (unsigned i = 0; i < f->fields_count; i++)
		add(fields, f->fields[i].name, f->fields[i].value);
	add_door_fields(fields, f->door);
}

static bool
to_browser(const struct flow *f)
{
	return f->door != NULL && f->door->fields != NULL;
}

/* In the door's own words, if it has any. */
static void
tell(struct flow *f)
{
	f->type = NULL;
	f->body = NULL;
	f->body_len = 0;
	f->fields_count = 0;
	if (f->door != NULL && f->door->tell != NULL)
		f->door->tell(f);
}

/* Where we are in trouble we shed load: 5xx ends the connection. */
static void
send_refusal(struct flow *f)
{
	const struct flow_refusal *r = f->refusal;
	const char *text = f->text != NULL ? f->text : r->text;
	struct gate_reply reply = { .status = r->status,
		.close = r->close || r->status >= 500,
		.browser = to_browser(f) };
	struct fields fields = { .n = 0 };
	char body[TEXT_MAX];

	tell(f);
	add_refusal_fields(&fields, f);
	add_own_fields(&fields, f);
	if (f->body != NULL) {
		add(&fields, "Content-Type", f->type);
		reply.body = f->body;
		reply.len = f->body_len;
	} else if (text != NULL) {
		add(&fields, "Content-Type", "text/plain; charset=utf-8");
		snprintf(body, sizeof(body), "%s\n", text);
		reply.body = body;
		reply.len = strlen(body);
	}
	reply.fields = fields.at;
	reply.n_fields = fields.n;
	gate_reply(f->request, &reply);
}

static void
send_answer(const struct flow *f)
{
	struct gate_reply reply = { .status = f->unchanged ? 304 : 200,
		.body = f->body,
		.len = f->body_len,
		.browser = to_browser(f) };
	struct fields fields = { .n = 0 };

	if (f->type != NULL)
		add(&fields, "Content-Type", f->type);
	add_own_fields(&fields, f);
	reply.fields = fields.at;
	reply.n_fields = fields.n;
	gate_reply(f->request, &reply);
}

/* Of the gate: there is no request that could say which door it was for. */
static void
on_refused(struct gate_reply *reply, const char *languages, void *arg)
{
	struct engine *engine = arg;
	const struct door *door = engine->mounts[0].door;
	struct fields *fields = &engine->unread.fields;
	struct buf *body = &engine->unread.body;

	fields->n = 0;
	buf_clear(body);
	door->tell_unread(reply->status, languages, body);
	add(fields, "Cache-Control", "no-store");
	if (reply->status == 415)
		add(fields, "Accept-Encoding", "identity");
	add_door_fields(fields, door);
	if (buf_ok(body)) {
		add(fields, "Content-Type", door->unread_type);
		reply->body = body->at;
		reply->len = body->used;
	}
	reply->fields = fields->at;
	reply->n_fields = fields->n;
	reply->browser = door->fields != NULL;
}

/* ---------------------------------------------------------------- the end */

static const char *
outcome(const struct flow *f)
{
	if (flow_client_gone(f))
		return "client-gone";
	return f->refusal == NULL ? "ok" : f->refusal->word;
}

static enum log_level
level(const struct flow *f)
{
	if (f->refusal != NULL)
		return f->refusal->level;
	return f->endpoint != NULL && f->endpoint->quiet ? LOG_LINE_DEBUG
							 : LOG_LINE_INFO;
}

static void
log_outcome(const struct flow *f)
{
	struct log_line l;
	char peer[FLOW_PEER_SIZE];

	log_begin(&l, level(f), "request");
	log_hex(&l, "req", &f->id, sizeof(f->id));
	log_text(&l, "outcome", outcome(f));
	if (!flow_client_gone(f)) {
		flow_peer(f, peer);
		log_text(&l, "peer", peer);
		if (flow_tls(f) != NULL)
			log_text(&l, "tls", SSL_get_version(flow_tls(f)));
	}
	if (f->endpoint != NULL)
		log_text(&l, "operation", f->endpoint->name);
	if (f->step != NULL && f->step->name != NULL)
		log_text(&l, "step", f->step->name);
	if (f->endpoint != NULL && f->door->log != NULL)
		f->door->log(f, &l);
	if (f->endpoint != NULL && f->endpoint->log != NULL)
		f->endpoint->log(f, &l);
	log_ms(&l, "ms", clock_mono_us() - f->began_us);
	log_end(&l);
}

/* Only here a flow ends: exactly one log line and one reply (I-12). */
static void
end(struct flow *f)
{
	call_forget(f->asked);
	f->asked = NULL;
	loop_cancel(f->deadline);
	f->deadline = NULL;
	if (f->endpoint != NULL && f->endpoint->leave != NULL)
		f->endpoint->leave(f);
	log_outcome(f);
	TAILQ_REMOVE(&f->engine->flows, f, all);
	f->engine->in_work--;
	if (!flow_client_gone(f)) {
		if (f->refusal != NULL)
			send_refusal(f);
		else
			send_answer(f);
	}
	arena_free(f->arena);
}

static void
on_deadline(void *arg)
{
	struct flow *f = arg;

	f->deadline = NULL;
	flow_refuse(f, &too_late, NULL);
	end(f);
}

/* ---------------------------------------------------------------- the way */

/* No step says so itself; who has no memory to ask has asked nothing. */
static enum flow_next
look_at_memory(struct flow *f, enum flow_next n)
{
	if (arena_short(f->arena) || (n == FLOW_WAIT && f->asked == NULL))
		return flow_refuse(f, &no_memory, NULL);
	return n;
}

/* Runs steps until one waits or the table or the flow is at its end. */
static void
advance(struct flow *f, enum flow_next n)
{
	n = look_at_memory(f, n);
	while (n == FLOW_NEXT && f->step->name != NULL) {
		if (f->step->when == NULL || f->step->when(f))
			n = f->step->run(f);
		n = look_at_memory(f, n);
		if (n == FLOW_NEXT)
			f->step++;
	}
	if (n != FLOW_WAIT) {
		end(f);
		return;
	}
	assert(f->asked != NULL);
	if (f->deadline == NULL)
		f->deadline = loop_after(
		    f->engine->base, f->engine->limit_ms, on_deadline, f);
}

void
flow_resume(struct flow *f, enum flow_next n)
{
	f->asked = NULL;
	if (n == FLOW_NEXT)
		f->step++;
	advance(f, n);
}

static const struct endpoint *
find_in_door(struct flow *f)
{
	const struct endpoint *const *e = f->door->endpoints;

	if (f->door->find != NULL)
		return f->door->find(f);
	while (*e != NULL && strcmp((*e)->path, flow_path(f)) != 0)
		e++;
	return *e;
}

static void
stand_before(struct flow *f, const struct mount *m)
{
	f->door = m->door;
	f->own = m->own;
}

/* Asks the doors; the flow is before the first if none knows the path. */
static void
find(struct flow *f)
{
	const struct mount *m = f->engine->mounts;
	const struct mount *end_of = m + f->engine->mounts_count;

	for (; m < end_of && f->endpoint == NULL; m++) {
		stand_before(f, m);
		f->endpoint = find_in_door(f);
	}
	if (f->endpoint == NULL)
		stand_before(f, f->engine->mounts);
}

static const struct flow_refusal *
unknown(const struct flow *f)
{
	return f->door->unknown == NULL ? &no_path : f->door->unknown(f);
}

/* Is `method` one of `methods`, as Allow has them? */
static bool
takes(const char *methods, const char *method)
{
	size_t len = strlen(method);
	const char *at = methods;

	while ((at = strstr(at, method)) != NULL) {
		if ((at == methods || at[-1] == ' ') &&
		    (at[len] == ',' || at[len] == '\0'))
			return true;
		at += len;
	}
	return false;
}

/* A path that is not there, then a method that is wrong (EST-112). */
static enum flow_next
enter(struct flow *f)
{
	const struct endpoint *e;

	find(f);
	e = f->endpoint;
	if (e == NULL)
		return flow_refuse(f, unknown(f), NULL);
	if (e->state_size > 0)
		f->state = arena_zero(f->arena, e->state_size);
	if (arena_short(f->arena)) {
		f->endpoint = NULL; /* which has nothing to say of it */
		return FLOW_NEXT;
	}
	if (!takes(e->methods, htparser_get_methodstr_m(f->request->method)))
		return flow_refuse(f, &wrong_method, NULL);
	f->step = e->steps;
	return FLOW_NEXT;
}

/* As end() does it; there was no memory for even the flow. */
static void
refuse_without_flow(struct engine *engine, evhtp_request_t *r)
{
	struct flow f = { .engine = engine,
		.request = r,
		.refusal = &no_memory,
		.began_us = clock_mono_us() };

	log_outcome(&f);
	send_refusal(&f);
}

static void
on_request(evhtp_request_t *r, void *arg)
{
	struct engine *engine = arg;
	struct arena *arena = arena_new();
	struct flow *f = arena == NULL ? NULL : arena_zero(arena, sizeof(*f));

	if (f == NULL) {
		arena_free(arena);
		refuse_without_flow(engine, r);
		return;
	}
	f->arena = arena;
	f->engine = engine;
	f->request = r;
	f->began_us = clock_mono_us();
	secret_random(&f->id, sizeof(f->id));
	TAILQ_INSERT_HEAD(&engine->flows, f, all);
	engine->in_work++;
	advance(f, enter(f));
}

/*
 * Before the code is spent the flow ends here, and the attempt that it had
 * begun stays counted (F-02). After that it goes on without its client, so
 * that what was paid for is in the ledger when the same request comes again
 * (F-05).
 */
static void
on_gone(evhtp_request_t *r, void *arg)
{
	struct engine *engine = arg;
	struct flow *f;

	TAILQ_FOREACH (f, &engine->flows, all)
		if (f->request == r)
			break;
	if (f == NULL)
		return;
	f->request = NULL;
	if (!f->unstoppable)
		end(f);
}

/* -------------------------------------------------------------- mounting */

struct engine *
engine_new(struct event_base *base, int64_t limit_ms)
{
	struct engine *engine = xcalloc(1, sizeof(*engine));

	engine->base = base;
	engine->limit_ms = limit_ms;
	TAILQ_INIT(&engine->flows);
	buf_init(&engine->unread.body, UNREAD_MAX);
	return engine;
}

void
engine_mount(struct engine *engine, const struct door *door, void *own)
{
	assert(engine->mounts_count < DOORS_MAX);
	engine->mounts[engine->mounts_count++] = (struct mount){ door, own };
}

struct gate_calls
engine_calls(struct engine *engine)
{
	const struct door *first = engine->mounts[0].door;

	assert(engine->mounts_count > 0);
	return (struct gate_calls){ .request = on_request,
		.gone = on_gone,
		.refused = first->tell_unread != NULL ? on_refused : NULL,
		.arg = engine };
}

unsigned
engine_in_work(const struct engine *engine)
{
	return engine->in_work;
}

void
engine_free(struct engine *engine)
{
	struct flow *f;

	while ((f = TAILQ_FIRST(&engine->flows)) != NULL)
		end(f);
	buf_free(&engine->unread.body);
	free(engine);
}
