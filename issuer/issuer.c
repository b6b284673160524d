/*
 * The process around issuer/batch, issuer/installed and issuer/publisher:
 * start, the sockets of the fronts, the end.
 */
#include "issuer/issuer.h"

#include "base/clock.h"
#include "base/ipc_server.h"
#include "base/locked.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "issuer/batch.h"
#include "issuer/installed.h"
#include "issuer/publisher.h"
#include "pki/secure_heap.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct issuer {
	struct event_base *base;
	struct batch *batch;
	struct installed *installed;
	struct ipc_server *fronts;
	struct publisher *publisher; /* NULL: no list is published */
	struct event *term;
	struct ledger *ledger;
	struct secret_key *grant_key;
	stage_fn *tell;
};

/* ---------------------------------------------------------------- fronts */

static void
answer(void *front, struct issuer_answer *a)
{
	ipc_answer(front, &a->head, ISSUER_ANSWER_BYTES(a));
	ipc_release(front);
}

static void
answer_installed(void *front, struct issuer_installed_answer *a)
{
	ipc_answer(front, &a->head, sizeof(*a));
	ipc_release(front);
}

static bool
take_installed(const struct issuer *i, struct ipc_peer *front,
    const struct issuer_installed_question *q, size_t bytes)
{
	struct issuer_installed_answer down;

	if (bytes != sizeof(*q))
		return false;
	ipc_hold(front);
	if (installed_add(i->installed, q, front))
		return true;
	down = installed_reply(q, ISSUER_DOWN);
	answer_installed(front, &down);
	return true;
}

/* What a front asked is finished when it has gone, too (F-05). */
static bool
take(void *arg, struct ipc_peer *front, const struct ipc_head *head,
    size_t bytes)
{
	const struct issuer *i = arg;
	const struct issuer_question *q = (const struct issuer_question *)head;
	struct issuer_answer refused;

	if (head->kind == ISSUER_KIND_INSTALLED)
		return take_installed(i, front,
		    (const struct issuer_installed_question *)head, bytes);
	if (!issuer_question_good(q, bytes))
		return false;
	ipc_hold(front);
	if (!batch_add(i->batch, q, front, &refused))
		answer(front, &refused);
	return true;
}

/* ------------------------------------------------------------------- end */

static void
on_stopped(void *arg)
{
	struct issuer *i = arg;

	event_base_loopbreak(i->base);
}

/* The running batch is finished, so that its clients have certificates. */
static void
on_term(evutil_socket_t number, short what, void *arg)
{
	struct issuer *i = arg;

	(void)number;
	(void)what;
	ipc_server_refuse(i->fronts);
	event_del(i->term);
	batch_stop(i->batch, on_stopped, i);
}

/* ----------------------------------------------------------------- start */

/* The first time; that it comes and goes later is nobody's start. */
static void
on_ledger(void *arg)
{
	struct issuer *i = arg;

	ledger_when_up(i->ledger, NULL, NULL);
	i->tell(STAGE_SERVING);
}

static int
fail(const char *reason)
{
	log_say(LOG_LINE_ERROR, "issuer-not-started", reason);
	return 1;
}

/* Until SIGTERM. */
static int
serve(struct issuer *i, const struct batch_options *o,
    const struct stage_given *given)
{
	struct fault why;

	i->fronts = ipc_server_open(&(struct ipc_server_options){
	    .base = i->base,
	    .listener = given->listener,
	    .name = "front",
	    .peer = given->asker,
	    .version = ISSUER_ASK_VERSION,
	    .question_size = sizeof(struct issuer_question),
	    .take = take,
	    .arg = i,
	});
	i->term = loop_signal(i->base, SIGTERM, on_term, i);
	if (i->fronts == NULL)
		return fail("no events: out of memory or descriptors");
	if (o->config->crl.folder != NULL) {
		i->publisher = publisher_start(o->config, o->ca, &why);
		if (i->publisher == NULL)
			return fail(why.text);
	}
	log_say(LOG_LINE_INFO, "started", "the issuer takes questions");
	given->tell(STAGE_STARTED);
	i->tell = given->tell;
	ledger_when_up(i->ledger, on_ledger, i);
	event_base_dispatch(i->base);
	log_say(LOG_LINE_INFO, "stopped", "the issuer has ended");
	return 0;
}

static int
serve_with(
    const struct config *config, struct ca *ca, const struct stage_given *given)
{
	struct fault why;
	struct issuer i = { .base = NULL };
	struct batch_options *o = xcalloc(1, sizeof(*o));
	int status;

	*o = (struct batch_options){
		.config = config,
		.ca = ca,
		.answer = answer,
	};
	o->grant_key = i.grant_key = secret_keep_key(GRANT_KEY, &why);
	if (i.grant_key == NULL) {
		free(o);
		return fail(why.text);
	}
	if (!reserved_keys_collect(&o->own, o->ca, config->tls.certificate)) {
		free(o);
		fault_set(&why, "%s: no certificate can be read",
		    config->tls.certificate);
		return fail(why.text);
	}
	o->base = i.base = loop_new();
	o->ledger = i.ledger = ledger_open(i.base, config->database.issuer);
	i.batch = batch_new(o);
	i.installed = installed_new(o->ledger, answer_installed);
	status = i.batch == NULL || i.installed == NULL ? fail("out of memory")
							: serve(&i, o, given);
	if (i.term != NULL)
		event_free(i.term);
	publisher_stop(i.publisher);
	ipc_server_close(i.fronts);
	batch_free(i.batch);
	installed_free(i.installed);
	ledger_close(o->ledger);
	event_base_free(i.base);
	locked_free(i.grant_key);
	free(o);
	return status;
}

int
issuer_run(const struct config *config, const struct stage_given *given)
{
	struct fault why;
	struct ca *ca;
	int status;

	secure_heap_open(0);
	ca = ca_open(&config->ca, &why);
	if (ca == NULL)
		return fail(why.text);
	if (!ca_open_key(ca, &config->ca, &why))
		status = fail(why.text);
	else
		status = serve_with(config, ca, given);
	ca_free(ca);
	return status;
}
