/*
 * batch - the issuer's work: questions of fronts in, certificates or refusals
 * out, many at a time.
 *
 * One batch is under way, the next one fills meanwhile, and waits a moment for
 * who was just answered and asks again. All of a batch go together through
 * facts, reservation, signature and record; never two of one account. Askers
 * take turns: nobody waits behind all that another asks. It is the only caller
 * of the ledger and of ca_sign() here, in this order (I-1, I-2, I-3).
 *
 * Waits:  never. Each question that was taken is answered exactly once,
 *         later.
 * Bounds: BATCH_WAITING_MAX questions, of which one asker has half at most;
 *         each waits BATCH_WAIT_MS until its work begins. In any minute as
 *         many signatures as the configuration says (issuer/ceiling.h), the
 *         rest hear ISSUER_DOWN.
 */
#ifndef ISSUER_BATCH_H
#define ISSUER_BATCH_H

#include "base/must.h"
#include "pki/ca.h"
#include "pki/reserved_keys.h"
#include "config/config.h"
#include "issuer/ask.h"

#define BATCH_SIZE 64
#define BATCH_WAITING_MAX 1024
#define BATCH_WAIT_MS 3000
#define BATCH_GATHER_MS 3    /* at most, for who was just answered */
#define BATCH_AGAIN_MS 50    /* another reservation is open: ask again */
#define BATCH_CONFLICTS 3    /* times that facts may change meanwhile */
#define BATCH_RECORD_MS 5000 /* F-37: how long a signed one is held */

struct event_base;
struct batch;

struct batch_options {
	struct event_base *base;
	const struct config *config;
	const struct ca *ca;
	struct ledger *ledger;
	const struct secret_key *grant_key;
	struct reserved_keys own;
	/* `asker` is what was given with the question. */
	void (*answer)(void *asker, struct issuer_answer *);
};

/* What the options point to must outlive it. NULL: no memory. */
struct batch *batch_new(const struct batch_options *);
void batch_free(struct batch *); /* what waits is not answered */

/* False: it is not taken, and `answer` says why: too many wait already
 * (I-13), or auth gave no grant for it. */
MUST_CHECK bool batch_add(struct batch *, const struct issuer_question *,
    void *asker, struct issuer_answer *answer);

/*
 * Takes nothing more, answers ISSUER_DOWN to what waits, and calls `done` once
 * the running batch has ended (SIGTERM).
 */
void batch_stop(struct batch *, void (*done)(void *arg), void *arg);

#endif
