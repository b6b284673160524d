/*
 * The way of a request: flow_begin() -> route -> table of steps ->
 * flow_end(). Three things can happen to a flow that waits: its answer comes,
 * its deadline passes, its client leaves. Whichever comes first ends or moves
 * it; the other two are taken back, and the answer of a forgotten question is
 * dropped by the module that was asked.
 */
#include "est/flow.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/secret.h"
#include "est/cacerts.h"
#include "est/csrattrs.h"
#include "est/enroll.h"
#include "http/gate.h"
#include "est/reply.h"

#include <assert.h>

static const struct step *const tables[OPERATION_ANSWERED] = {
	[OPERATION_CACERTS] = cacerts_steps,
	[OPERATION_CSRATTRS] = csrattrs_steps,
	[OPERATION_SIMPLEENROLL] = enroll_steps,
	[OPERATION_SIMPLEREENROLL] = enroll_steps,
};

static void
log_outcome(const struct flow *f)
{
	struct log_line l;
	char peer[64] = "-";

	log_begin(&l, reply_level(f->fail), "request");
	log_hex(&l, "req", &f->id, sizeof(f->id));
	if (f->request == NULL)
		log_text(&l, "outcome", "client-gone");
	else
		log_text(&l, "outcome", reply_word(f->fail));
	if (f->request != NULL && gate_peer(f->request, peer, sizeof(peer)))
		log_text(&l, "peer", peer);
	if (f->request != NULL && f->request->conn->ssl != NULL)
		log_text(&l, "tls", SSL_get_version(f->request->conn->ssl));
	if (f->route.profile != NULL) {
		log_text(&l, "operation", operation_name(f->route.operation));
		log_text(&l, "profile", f->route.profile->name);
	}
	if (f->step != NULL && f->step->name != NULL)
		log_text(&l, "step", f->step->name);
	if (f->user != NULL)
		log_text(&l, "user", f->user);
	if (f->evaluated != NULL)
		log_text(&l, "evaluated", f->evaluated);
	if (f->key != NULL) {
		log_text(&l, "key", f->key_kind);
		log_hex(&l, "spki", f->key, FACTS_DIGEST_SIZE);
	}
	if (f->serial != NULL)
		log_hex(&l, "serial", f->serial, FACTS_SERIAL_SIZE);
	if (f->fail == FAIL_REQUEST && f->why != NULL)
		log_text(&l, "why", f->why);
	if (f->note != NULL)
		log_text(&l, "note", f->note);
	log_ms(&l, "ms", clock_mono_us() - f->began_us);
	log_end(&l);
}

/* Only here a flow ends: exactly one log line and one reply (I-12). */
static void
flow_end(struct flow *f)
{
	call_forget(f->asked);
	f->asked = NULL;
	loop_cancel(f->deadline);
	f->deadline = NULL;
	if (f->leave != NULL)
		f->leave(f);
	log_outcome(f);
	if (f->before != NULL)
		f->before->next = f->next;
	else
		f->front->flows = f->next;
	if (f->next != NULL)
		f->next->before = f->before;
	if (f->request != NULL)
		reply_send(f);
	arena_free(f->arena);
}

static void
on_deadline(void *arg)
{
	struct flow *f = arg;

	f->deadline = NULL;
	f->fail = FAIL_DEADLINE;
	flow_end(f);
}

/* Runs steps until one waits or the table or the flow is at its end. */
static void
advance(struct flow *f, enum next n)
{
	int64_t limit_ms =
	    (int64_t)f->front->shared->config->est.request_s * 1000;

	while (n == NEXT) {
		f->step++;
		if (f->step->run == NULL)
			break;
		n = f->step->run(f);
	}
	if (n != WAIT) {
		flow_end(f);
		return;
	}
	assert(f->asked != NULL);
	if (f->deadline == NULL)
		f->deadline =
		    loop_after(f->front->base, limit_ms, on_deadline, f);
}

void
flow_resume(struct flow *f, enum next n)
{
	f->asked = NULL;
	advance(f, n);
}

enum next
flow_fail(struct flow *f, enum fail fail)
{
	f->fail = fail;
	return FAIL;
}

enum next
flow_refuse(struct flow *f, const char *why)
{
	f->why = why;
	return flow_fail(f, FAIL_REQUEST);
}

void
flow_begin(struct front *front, evhtp_request_t *r)
{
	struct arena *arena = arena_new();
	struct flow *f = arena_zero(arena, sizeof(*f));
	const struct config *config = front->shared->config;

	f->arena = arena;
	f->front = front;
	f->request = r;
	f->began_us = clock_mono_us();
	secret_random(&f->id, sizeof(f->id));
	f->next = front->flows;
	if (f->next != NULL)
		f->next->before = f;
	front->flows = f;

	f->fail = route_find(config, r->method, r->uri->path->full, &f->route);
	if (f->fail != FAIL_NONE) {
		flow_end(f);
		return;
	}
	f->step = tables[f->route.operation];
	advance(f, f->step->run(f));
}

/*
 * Before the code is spent the flow ends here, and the attempt that it had
 * begun stays counted (F-02). After that it goes on without its client, so
 * that what was paid for is in the ledger when the same request comes again
 * (F-05).
 */
void
flow_gone(struct front *front, evhtp_request_t *r)
{
	struct flow *f;

	for (f = front->flows; f != NULL; f = f->next)
		if (f->request == r)
			break;
	if (f == NULL)
		return;
	f->request = NULL;
	if (!f->unstoppable)
		flow_end(f);
}
