#include "tests/lib/fake_attempts.h"

#include "base/clock.h"
#include "tests/lib/fake_calls.h"
#include "tests/lib/test.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct fake_attempts fake_attempts;

struct question {
	struct fake_call call; /* first */
	union {
		attempts_address_fn *address;
		attempts_begin_fn *begin;
		attempts_settled_fn *settled;
		attempts_mail_fn *mail;
		attempts_code_fn *code;
		attempts_done_fn *done;
	} fn;
};

void
fake_attempts_reset(void)
{
	fake_attempts = (struct fake_attempts){
		.address = { .allowed = true },
		.begin = { .begin = ATTEMPTS_GO },
		.code = { .code = ATTEMPTS_CODE_RIGHT,
		    .code_id = { 0xc0, 0xde } },
	};
}

bool
attempts_up(const struct attempts *a)
{
	(void)a;
	return !fake_attempts.gone;
}

static struct question *
ask(const char *name, void (*tell)(struct fake_call *, enum fake_end),
    void *arg)
{
	return fake_call_new(sizeof(struct question), name, tell, arg);
}

static void
note(const struct attempts_who *who)
{
	memcpy(fake_attempts.operation, who->operation, sizeof(who->operation));
	snprintf(fake_attempts.user_id, sizeof(fake_attempts.user_id), "%s",
	    who->user_id);
	fake_attempts.contract = who->contract;
}

/* One attempt is one operation, whatever it asks. */
static void
hear(const struct attempts_who *who, bool begins)
{
	/* More than a fuzz test ever has open. */
	static unsigned char begun[256][ATTEMPTS_OPERATION_SIZE];
	static size_t last;
	size_t i = 0;

	if (begins) {
		last = (last + 1) % COUNT(begun);
		memcpy(begun[last], who->operation, sizeof(who->operation));
	}
	while (memcmp(begun[i], who->operation, sizeof(who->operation)) != 0)
		assert(++i < COUNT(begun));
	note(who);
}

static struct call *
call_of(struct question *q)
{
	return q == NULL ? NULL : &q->call.call;
}

static enum db_rc
rc_of(enum fake_end end)
{
	return end == FAKE_ANSWERED ? DB_OK : DB_DOWN;
}

/* -------------------------------------------------------------- address */

static void
tell_address(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	if (end != FAKE_DROPPED)
		q->fn.address(call->arg, rc_of(end), &fake_attempts.address);
}

struct call *
attempts_address(struct attempts *a, const char *address,
    attempts_address_fn *answer, void *arg)
{
	struct question *q = ask("address", tell_address, arg);

	(void)a;
	if (q != NULL)
		q->fn.address = answer;
	snprintf(
	    fake_attempts.client, sizeof(fake_attempts.client), "%s", address);
	return call_of(q);
}

/* ---------------------------------------------------------------- places */

static void
tell_begin(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	/* A place is taken also for somebody who has gone since. */
	if (end != FAKE_DOWN && fake_attempts.begin.begin != ATTEMPTS_BUSY)
		fake_attempts.places++;
	if (end != FAKE_DROPPED)
		q->fn.begin(call->arg, rc_of(end), &fake_attempts.begin);
}

struct call *
attempts_begin(struct attempts *a, const struct attempts_who *who,
    unsigned locks, attempts_begin_fn *answer, void *arg)
{
	struct question *q = ask("place", tell_begin, arg);

	(void)a;
	if (q != NULL)
		q->fn.begin = answer;
	hear(who, true);
	fake_attempts.locks = locks;
	return call_of(q);
}

static void
tell_settled(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	if (end != FAKE_DROPPED)
		q->fn.settled(call->arg, rc_of(end), &fake_attempts.failed);
}

struct call *
attempts_settle(struct attempts *a, const struct attempts_who *who,
    enum attempts_outcome outcome, attempts_settled_fn *answer, void *arg)
{
	struct question *q =
	    ask(outcome == ATTEMPTS_FAILED ? "failed" : "neutral", tell_settled,
		arg);

	(void)a;
	if (q != NULL)
		q->fn.settled = answer;
	hear(who, false);
	fake_attempts.places--;
	return call_of(q);
}

/* ----------------------------------------------------------------- codes */

static void
tell_mail(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	if (end != FAKE_DOWN)
		fake_attempts.places--;
	if (fake_attempts.mail.born == 0) {
		fake_attempts.mail.born = clock_now();
		fake_attempts.mail.again = clock_now() + 300;
	}
	if (end != FAKE_DROPPED)
		q->fn.mail(call->arg, rc_of(end), &fake_attempts.mail);
}

struct call *
attempts_new_code(struct attempts *a, const struct attempts_who *who,
    const struct digest *digest, bool anew, attempts_mail_fn *answer, void *arg)
{
	struct question *q = ask("new-code", tell_mail, arg);

	(void)a;
	if (q != NULL)
		q->fn.mail = answer;
	hear(who, false);
	fake_attempts.new_digest = *digest;
	fake_attempts.anew = anew;
	return call_of(q);
}

static void
tell_code(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	if (end != FAKE_DOWN)
		fake_attempts.places--;
	if (end != FAKE_DROPPED)
		q->fn.code(call->arg, rc_of(end), &fake_attempts.code);
}

struct call *
attempts_spend(struct attempts *a, const struct attempts_who *who,
    const struct digest *code_digest, const struct digest *csr_digest,
    bool spend, attempts_code_fn *answer, void *arg)
{
	struct question *q = ask("spend", tell_code, arg);

	(void)a;
	if (q != NULL)
		q->fn.code = answer;
	hear(who, false);
	fake_attempts.code_digest = *code_digest;
	fake_attempts.csr_digest = *csr_digest;
	fake_attempts.spend = spend;
	return call_of(q);
}

/* ------------------------------------------------------ what is only done */

static void
tell_done(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	if (end != FAKE_DROPPED)
		q->fn.done(call->arg, rc_of(end));
}

struct call *
attempts_address_back(
    struct attempts *a, const char *address, attempts_done_fn *done, void *arg)
{
	struct question *q = ask("back", tell_done, arg);

	(void)a;
	(void)address;
	if (q != NULL)
		q->fn.done = done;
	return call_of(q);
}

struct call *
attempts_lift(struct attempts *a, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	struct question *q = ask("lift", tell_done, arg);

	(void)a;
	if (q != NULL)
		q->fn.done = done;
	note(who); /* of no attempt */
	return call_of(q);
}

struct call *
attempts_drop_code(struct attempts *a, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	struct question *q = ask("drop", tell_done, arg);

	(void)a;
	if (q != NULL)
		q->fn.done = done;
	note(who);
	return call_of(q);
}

struct call *
attempts_drop_failed(struct attempts *a, const struct attempts_who *who,
    const unsigned char code_id[ATTEMPTS_OPERATION_SIZE],
    attempts_done_fn *done, void *arg)
{
	memcpy(fake_attempts.dropped, code_id, sizeof(fake_attempts.dropped));
	return attempts_drop_code(a, who, done, arg);
}

struct call *
attempts_mailed(struct attempts *a, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	struct question *q = ask("mailed", tell_done, arg);

	(void)a;
	if (q != NULL)
		q->fn.done = done;
	hear(who, false);
	return call_of(q);
}

struct call *
attempts_succeed(struct attempts *a, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	struct question *q = ask("succeed", tell_done, arg);

	(void)a;
	if (q != NULL)
		q->fn.done = done;
	hear(who, false);
	return call_of(q);
}
