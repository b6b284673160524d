#include "issuer/batch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/share.h"
#include "issuer/ceiling.h"
#include "issuer/issuance.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_AGAIN_MS 100

struct batch {
	struct batch_options options;
	struct questions waiting; /* by their turns, then as they came */
	size_t waiting_count;
	uint64_t turn;		  /* the last of which one was taken */
	struct loop_timer *timer; /* the next look at what waits */
	size_t answered;	  /* by the running batch, or the last one */
	size_t enough;		  /* of what waits: the next one begins */
	bool halted;		  /* the key signed wrongly, F-80 */
	struct ceiling *ceiling;  /* of signatures */
	struct share *room;	  /* of questions that have no answer */

	bool running;
	struct issuance *rows[BATCH_SIZE]; /* of the running batch */
	size_t count;
	struct call *call;		 /* to the ledger */
	struct loop_timer *record_timer; /* signed ones are held (F-37) */
	union {
		struct ledger_fact *facts[BATCH_SIZE];
		struct ledger_reservation *reservations[BATCH_SIZE];
		struct ledger_record *records[BATCH_SIZE];
	} asked;

	void (*stopped)(void *arg);
	void *stopped_arg;
};

static void ask_facts(struct batch *);

/* --------------------------------------------------------------- answers */

static void
send_answer(struct batch *b, struct issuance *q, struct issuer_answer *answer)
{
	answer->head.id = q->ask.head.id;
	if (answer->end == ISSUER_DONE && q->ask.by_code)
		answer->receipt = grant_receipt(
		    b->options.grant_key, &q->ask.grant, &answer->serial);
	b->options.answer(q->asker, answer);
	b->answered++;
	share_give(b->room, q->asker);
	issuance_free(q);
}

static void
answer_end(struct batch *b, struct issuance *q, enum issuer_end end)
{
	struct issuer_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.end = end;
	send_answer(b, q, &answer);
}

static void
answer_done(struct batch *b, struct issuance *q)
{
	struct issuer_answer answer;
	struct log_line l;

	log_begin(&l, LOG_LINE_INFO, "issued");
	log_hex(&l, "serial", &q->order.serial, sizeof(q->order.serial));
	log_number(&l, "account", q->ask.account);
	log_text(&l, "profile", q->ask.profile);
	log_ms(&l, "ms", clock_mono_us() - q->came_us);
	log_end(&l);
	memset(&answer, 0, sizeof(answer));
	issuance_done(&answer, q->record.der, q->record.der_len, false);
	send_answer(b, q, &answer);
}

static void
answer_all_waiting(struct batch *b, enum issuer_end end)
{
	struct issuance *q;

	while ((q = TAILQ_FIRST(&b->waiting)) != NULL) {
		TAILQ_REMOVE(&b->waiting, q, link);
		b->waiting_count--;
		answer_end(b, q, end);
	}
}

/* ------------------------------------------------------------- what waits */

static void
look(void *arg)
{
	struct batch *b = arg;

	b->timer = NULL;
	ask_facts(b);
}

/* Never from inside a caller: answers come later (base/call.h). */
static void
look_after(struct batch *b, int64_t ms)
{
	loop_cancel(b->timer);
	b->timer = loop_after(b->options.base, ms, look, b);
}

/*
 * Each asker has one question in each turn: the first of its that waits is in
 * the turn that is on now, each further one in the next. So nobody waits behind
 * all that another has asked (I-13). A turn
 * that is over, of a question that was put back, gives no more than this one.
 */
static uint64_t
next_turn(const struct batch *b, const void *asker)
{
	const struct issuance *q;

	TAILQ_FOREACH_REVERSE (q, &b->waiting, questions, link)
		if (q->asker == asker)
			return q->turn < b->turn ? b->turn : q->turn + 1;
	return b->turn;
}

static void
wait_in_turn(struct batch *b, struct issuance *q)
{
	struct issuance *before;

	TAILQ_FOREACH_REVERSE (before, &b->waiting, questions, link)
		if (before->turn <= q->turn)
			break;
	if (before != NULL)
		TAILQ_INSERT_AFTER(&b->waiting, before, q, link);
	else
		TAILQ_INSERT_HEAD(&b->waiting, q, link);
	b->waiting_count++;
}

static void
put_back(struct batch *b, struct issuance *q, int64_t after_ms)
{
	int64_t now = clock_mono_us();

	if (now - q->came_us > (int64_t)BATCH_WAIT_MS * 1000 ||
	    b->stopped != NULL) {
		answer_end(b, q, ISSUER_PENDING);
		return;
	}
	q->again_us = now + after_ms * 1000;
	wait_in_turn(b, q);
}

/* Two of one account in one batch would be in each other's way. */
static bool
account_in_batch(const struct batch *b, int64_t account)
{
	for (size_t i = 0; i < b->count; i++) {
		if (b->rows[i]->ask.account == account)
			return true;
	}
	return false;
}

/*
 * Takes the next batch from what waits. What waits for a moment to come stays;
 * the earliest of these is returned in `*next_us`, 0 for none.
 */
static void
fill(struct batch *b, int64_t *next_us)
{
	int64_t now = clock_mono_us();
	struct issuance *q, *next;

	*next_us = 0;
	b->count = 0;
	for (q = TAILQ_FIRST(&b->waiting); q != NULL && b->count < BATCH_SIZE;
	     q = next) {
		next = TAILQ_NEXT(q, link);
		if (q->again_us > now) {
			if (*next_us == 0 || q->again_us < *next_us)
				*next_us = q->again_us;
			continue;
		}
		if (account_in_batch(b, q->ask.account))
			continue;
		TAILQ_REMOVE(&b->waiting, q, link);
		b->waiting_count--;
		if (b->turn < q->turn)
			b->turn = q->turn;
		if (now - q->came_us > (int64_t)BATCH_WAIT_MS * 1000) {
			answer_end(b, q,
			    q->again_us > 0 ? ISSUER_PENDING : ISSUER_DOWN);
			continue;
		}
		b->rows[b->count++] = q;
	}
}

/*
 * To the database a batch of one is as dear as five more in one of many. While
 * it ran, others came; who was answered by it comes again. Without a moment's
 * patience the two would take turns for ever, each in a batch of half the size.
 */
static void
gather(struct batch *b)
{
	b->enough = b->waiting_count + b->answered;
	if (b->enough > BATCH_SIZE)
		b->enough = BATCH_SIZE;
	if (b->waiting_count >= b->enough)
		ask_facts(b);
	else
		look_after(b, BATCH_GATHER_MS);
}

/* The batch has ended: the next one. */
static void
next_batch(struct batch *b)
{
	b->running = false;
	b->count = 0;
	if (b->stopped != NULL)
		b->stopped(b->stopped_arg); /* b may be gone */
	else if (b->waiting_count > 0)
		gather(b);
}

/* ----------------------------------------------------------------- record */

static void ask_record(void *arg);

/* F-37: kept and tried until the deadline; the lease closes what is late. */
static bool
worth_another(const struct issuance *q)
{
	return clock_mono_us() - q->signed_us < (int64_t)BATCH_RECORD_MS * 1000;
}

static void
on_record(void *arg)
{
	struct batch *b = arg;
	size_t kept = 0;

	b->call = NULL;
	for (size_t i = 0; i < b->count; i++) {
		struct issuance *q = b->rows[i];

		if (q->record.rc == DB_OK)
			answer_done(b, q);
		else if (q->record.rc != DB_NONE && worth_another(q))
			b->rows[kept++] = q;
		else /* abandoned: nobody gets it (I-4) */
			answer_end(b, q, ISSUER_DOWN);
	}
	b->count = kept;
	if (kept == 0) {
		next_batch(b);
		return;
	}
	answer_all_waiting(b, ISSUER_DOWN);
	b->record_timer =
	    loop_after(b->options.base, RECORD_AGAIN_MS, ask_record, b);
}

static void
ask_record(void *arg)
{
	struct batch *b = arg;

	b->record_timer = NULL;
	for (size_t i = 0; i < b->count; i++)
		b->asked.records[i] = &b->rows[i]->record;
	b->call = ledger_record(
	    b->options.ledger, b->asked.records, b->count, on_record, b);
	if (b->call == NULL) /* no memory: none is answered */
		on_record(b);
}

/* ---------------------------------------------------------------- reserve */

/*
 * Signs, once for each serial (I-3). A key that signs wrongly is not asked
 * again: the operator looks at it and starts the issuer anew (F-80).
 */
static bool
sign(struct batch *b, struct issuance *q)
{
	if (!b->halted && issuance_sign(q, &b->options))
		return true;
	if (!b->halted)
		log_say(LOG_LINE_ERROR, "issuer-halted",
		    "a signature is wrong; check the key, then restart");
	b->halted = true;
	answer_end(b, q, ISSUER_DOWN);
	return false;
}

static void
on_reserve(void *arg)
{
	struct batch *b = arg;
	size_t kept = 0;

	b->call = NULL;
	for (size_t i = 0; i < b->count; i++) {
		struct issuance *q = b->rows[i];

		if (q->reservation.rc == DB_OK) {
			if (sign(b, q))
				b->rows[kept++] = q;
		} else if (q->reservation.rc != DB_CONFLICT) {
			answer_end(b, q, ISSUER_DOWN);
		} else if (++q->conflicts > BATCH_CONFLICTS) {
			answer_end(b, q, ISSUER_PENDING);
		} else {
			put_back(b, q, 0);
		}
	}
	b->count = kept;
	if (kept > 0)
		ask_record(b);
	else
		next_batch(b);
}

static void
ask_reserve(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		b->asked.reservations[i] = &b->rows[i]->reservation;
	b->call = ledger_reserve(
	    b->options.ledger, b->asked.reservations, b->count, on_reserve, b);
	if (b->call == NULL) /* no memory: none is answered */
		on_reserve(b);
}

/* ------------------------------------------------------------------ facts */

/* Before a serial is reserved, which would have to be closed again. */
static bool
may_sign(struct batch *b)
{
	int64_t now_us = clock_mono_us();
	bool may = ceiling_take(b->ceiling, now_us);
	unsigned refused = ceiling_to_tell(b->ceiling, now_us);
	struct log_line l;

	if (refused > 0) {
		log_begin(&l, LOG_LINE_WARN, "signatures-full");
		log_number(&l, "refused", refused);
		log_number(&l, "per_minute",
		    b->options.config->ca.signatures_per_minute);
		log_end(&l);
	}
	return may;
}

static void
on_facts(void *arg)
{
	struct batch *b = arg;
	struct issuer_answer answer;
	size_t kept = 0;

	b->call = NULL;
	for (size_t i = 0; i < b->count; i++) {
		struct issuance *q = b->rows[i];

		memset(&answer, 0, sizeof(answer));
		switch (issuance_decide(q, &b->options, &answer)) {
		case ISSUANCE_RESERVE:
			if (may_sign(b))
				b->rows[kept++] = q;
			else
				answer_end(b, q, ISSUER_DOWN);
			break;
		case ISSUANCE_AGAIN:
			put_back(b, q, BATCH_AGAIN_MS);
			break;
		case ISSUANCE_ANSWER:
			send_answer(b, q, &answer);
			break;
		}
	}
	b->count = kept;
	if (kept > 0)
		ask_reserve(b);
	else
		next_batch(b);
}

static void
ask_facts(struct batch *b)
{
	int64_t next_us;

	if (b->running)
		return;
	b->enough = 0;
	b->answered = 0;
	if (b->halted || !ledger_up(b->options.ledger)) {
		answer_all_waiting(b, ISSUER_DOWN);
		return;
	}
	fill(b, &next_us);
	if (b->count == 0) {
		if (next_us > 0)
			look_after(b, (next_us - clock_mono_us()) / 1000 + 1);
		return;
	}
	b->running = true;
	for (size_t i = 0; i < b->count; i++) {
		issuance_ask_facts(b->rows[i]);
		b->asked.facts[i] = &b->rows[i]->fact;
	}
	b->call = ledger_ask_facts(
	    b->options.ledger, b->asked.facts, b->count, on_facts, b);
	if (b->call == NULL) /* no memory: none is answered */
		on_facts(b);
}

/* ----------------------------------------------------------------- public */

struct batch *
batch_new(const struct batch_options *options)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->options = *options;
	b->ceiling = ceiling_new(options->config->ca.signatures_per_minute);
	b->room = share_new(BATCH_WAITING_MAX);
	TAILQ_INIT(&b->waiting);
	if (b->room != NULL)
		return b;
	batch_free(b);
	return NULL;
}

void
batch_free(struct batch *b)
{
	struct issuance *q;

	if (b == NULL)
		return;
	call_forget(b->call);
	loop_cancel(b->timer);
	loop_cancel(b->record_timer);
	for (size_t i = 0; i < b->count; i++)
		issuance_free(b->rows[i]);
	while ((q = TAILQ_FIRST(&b->waiting)) != NULL) {
		TAILQ_REMOVE(&b->waiting, q, link);
		issuance_free(q);
	}
	share_free(b->room);
	ceiling_free(b->ceiling);
	free(b);
}

/* Nobody but a front that was taken over invents one (T8). */
static void
tell_not_granted(const struct issuer_question *ask)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "grant-refused");
	log_number(&l, "account", ask->account);
	log_text(&l, "profile", ask->profile);
	log_text(&l, "reason", "auth gave none for this, or it is too old");
	log_end(&l);
}

bool
batch_add(struct batch *b, const struct issuer_question *ask, void *asker,
    struct issuer_answer *answer)
{
	struct issuance *q;

	memset(answer, 0, sizeof(*answer));
	answer->head.id = ask->head.id;
	answer->end = ISSUER_DOWN;
	if (!issuance_granted(ask, b->options.grant_key, clock_mono_us())) {
		tell_not_granted(ask);
		answer->end = ISSUER_GRANT;
		return false;
	}
	if (b->stopped != NULL || !share_take(b->room, asker))
		return false;
	q = issuance_new(ask, asker);
	if (q == NULL) {
		share_give(b->room, asker);
		return false;
	}
	q->turn = next_turn(b, asker);
	wait_in_turn(b, q);
	if (!b->running && b->waiting_count >= b->enough)
		look_after(b, 0);
	return true;
}

void
batch_stop(struct batch *b, void (*done)(void *arg), void *arg)
{
	assert(b->stopped == NULL);
	b->stopped = done;
	b->stopped_arg = arg;
	answer_all_waiting(b, ISSUER_DOWN);
	if (!b->running)
		done(arg);
}
