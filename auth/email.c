/*
 * The other half of a change of mail address (T3): who has logged in shows the
 * code that was mailed to the address of today. It is an attempt as any. What
 * it is compared with stands in PostgreSQL, since it lives as long as the
 * address waits, and a keyed digest tells nothing there.
 */
#include "auth/attempt.h"
#include "base/clock.h"
#include "db/proofs.h"

#include <string.h>

static void
tell(struct attempt *a, enum auth_end end)
{
	struct auth_confirm_email_answer answer;

	memset(&answer, 0, sizeof(answer)); /* its padding tells nothing */
	answer.end = end;
	answer.locked = end == AUTH_REFUSED && a->lock_found;
	asked_answer(&a->open, &answer.head, sizeof(answer));
}

/* It is the address now; a code that was mailed to the old one is as dead as
 * its mail (O-09). The place is given back by the answer. */
static void
on_dropped(void *arg, enum db_rc rc)
{
	struct attempt *a = arg;

	(void)rc;
	attempt_hears(a);
	attempt_answer(a, AUTH_DONE);
}

static void
move(struct attempt *a)
{
	attempt_forgive(a);
	a->asked = attempts_drop_code(
	    a->ladder->options.attempts, &a->who, on_dropped, a);
	if (a->asked == NULL)
		on_dropped(a, DB_DOWN);
}

static void
on_right(void *arg, enum db_rc rc, bool right)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc == DB_NONE)
		attempt_answer(a, AUTH_NOT_ENTITLED);
	else if (rc != DB_OK)
		attempt_answer(a, AUTH_DOWN);
	else if (right)
		move(a);
	else
		attempt_fail(a);
}

/* R-WEB-4: beside a good certificate of his alone, as any change. */
static bool
may_confirm(const struct attempt *a)
{
	const struct facts_certificate *shown = &a->holder.presented;

	return a->subject == AUTH_ACCOUNT && a->place && a->shows_certificate &&
	       shown->account == a->holder.account.id &&
	       decide_presented(shown, clock_now()) == DECIDE_ALLOWED;
}

void
take_confirm_email(
    const struct asked *q, const struct auth_confirm_email *asked)
{
	const struct ladder_options *o = &q->ladder->options;
	struct attempt *a = attempt_at(q, asked->handle, ATTEMPT_PASSED);
	struct auth_confirm_email_answer gone = { .end = AUTH_GONE };
	struct digest code;

	if (a == NULL || o->proofs == NULL || !may_confirm(a)) {
		asked_answer(q, &gone.head, sizeof(gone));
		return;
	}
	attempt_open(a, q, tell);
	code = code_email_digest(
	    o->code_key, a->holder.account.user_id, asked->code);
	a->asked = proofs_confirm_email(
	    o->proofs, a->holder.account.id, &code, on_right, a);
	if (a->asked == NULL)
		on_right(a, DB_DOWN, false);
}
