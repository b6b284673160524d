/*
 * An attempt takes a place before it is evaluated. It is settled as failed
 * (here), or as neutral by whatever comes next: the scripts that make and
 * compare codes, or count_leave() when the request ends before them.
 */
#include "est/count.h"

#include "base/clock.h"
#include "est/enroll.h"
#include "policy/lock.h"

/* ----------------------------------------------------------------- place */

void
count_note_lock(struct enroll *e, unsigned number, time_t until, bool blocked)
{
	if (e->holder.account.id == 0)
		return;
	e->lock = (struct accounts_lock){ .account = e->holder.account.id,
		.number = number,
		.until = until,
		.block = blocked };
}

static enum flow_next
take_place(struct enroll *e, const struct attempts_begin_answer *answer)
{
	switch (answer->begin) {
	case ATTEMPTS_LOCKED:
		/* Redis knows a lock that PostgreSQL has not heard of. */
		if (!e->locked)
			count_note_lock(e, answer->lock_number,
			    answer->locked_until, answer->blocked);
		return FLOW_NEXT;
	case ATTEMPTS_GO:
		e->place = true;
		return FLOW_NEXT;
	case ATTEMPTS_BUSY:
		break;
	}
	return FLOW_FAIL;
}

static void
on_place(void *arg, enum db_rc rc, const struct attempts_begin_answer *answer)
{
	struct flow *f = arg;
	struct enroll *e = enroll_of(f);
	enum flow_next n;

	if (rc != DB_OK)
		n = est_refuse(f, REFUSAL_UNAVAILABLE);
	else if ((n = take_place(e, answer)) == FLOW_FAIL)
		est_refuse(f, REFUSAL_BUSY);
	else if (e->locked && e->place)
		count_leave(f); /* PostgreSQL says no: not to be evaluated */
	flow_resume(f, n);
}

enum flow_next
count_take_place(struct flow *f)
{
	struct enroll *e = enroll_of(f);

	e->locked = e->holder.account.id != 0 &&
		    lock_closed(&e->holder.account, clock_now());
	f->asked = attempts_begin(
	    est_of(f)->attempts, &e->who, e->holder.account.locks, on_place, f);
	return FLOW_WAIT;
}

void
count_leave(struct flow *f)
{
	struct enroll *e = enroll_of(f);

	/* A client that leaves has made its attempt (F-02). */
	if (!e->place || flow_client_gone(f))
		return;
	e->place = false;
	call_forget(attempts_settle(
	    est_of(f)->attempts, &e->who, ATTEMPTS_NEUTRAL, NULL, NULL));
}

/* --------------------------------------------------------------- failure */

static void
on_failure(void *arg, enum db_rc rc, const struct attempts_settled *settled)
{
	struct flow *f = arg;
	enum flow_next n = FLOW_NEXT;

	if (rc != DB_OK)
		n = est_refuse(f, REFUSAL_UNAVAILABLE);
	else if (settled->locked_now)
		count_note_lock(enroll_of(f), settled->lock_number,
		    settled->locked_until, settled->blocked);
	flow_resume(f, n);
}

enum flow_next
count_failure(struct flow *f)
{
	struct enroll *e = enroll_of(f);

	e->place = false; /* whatever happens now, it counts (I-7) */
	f->asked = attempts_settle(
	    est_of(f)->attempts, &e->who, ATTEMPTS_FAILED, on_failure, f);
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------ lock */

/*
 * The answer is not waited for: only accounts that exist are recorded, and
 * the time of a commit, or a 503, would tell that this one does (I-15, A-09).
 * The lock holds in Redis already; what is lost on the way to PostgreSQL is
 * told again by the next attempt, which finds the lock (R-LOCK-8).
 */
enum flow_next
count_record_lock(struct flow *f)
{
	struct enroll *e = enroll_of(f);

	call_forget(accounts_lock(est_of(f)->accounts, &e->lock, NULL, NULL));
	return FLOW_NEXT;
}

/* The certificate is recorded: nothing that Redis says can take it back. */
static void
on_clear(void *arg, enum db_rc rc)
{
	(void)rc;
	flow_resume(arg, FLOW_NEXT);
}

enum flow_next
count_clear(struct flow *f)
{
	struct enroll *e = enroll_of(f);

	f->asked = attempts_succeed(est_of(f)->attempts, &e->who, on_clear, f);
	return FLOW_WAIT;
}
