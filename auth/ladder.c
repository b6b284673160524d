#include "auth/ladder.h"

#include "auth/attempt.h"
#include "base/log.h"
#include "base/xalloc.h"

#include <assert.h>
#include <string.h>

_Static_assert(GRANT_CODE_ID_SIZE == ATTEMPTS_OPERATION_SIZE,
    "a code is known by the operation that made it");

struct ladder *
ladder_open(const struct ladder_options *options)
{
	struct ladder *ladder = xcalloc(1, sizeof(*ladder));

	assert(options->accounts != NULL || options->proofs != NULL);
	ladder->options = *options;
	TAILQ_INIT(&ladder->attempts);
	return ladder;
}

/* Their places fail by themselves. */
void
ladder_close(struct ladder *ladder)
{
	if (ladder == NULL)
		return;
	while (!TAILQ_EMPTY(&ladder->attempts))
		attempt_drop(TAILQ_FIRST(&ladder->attempts));
	free(ladder);
}

void
ladder_door_gone(struct ladder *ladder, const void *door)
{
	struct attempt *a, *next;

	for (a = TAILQ_FIRST(&ladder->attempts); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (a->door == door && !a->left && !a->vanished)
			attempt_vanish(a);
	}
}

const struct profile *
ladder_profile(const struct ladder *ladder, const char *name)
{
	const struct ladder_options *o = &ladder->options;
	unsigned i;

	for (i = 0; i < o->profiles_count; i++)
		if (strncmp(o->profiles[i].name, name,
			sizeof(o->profiles[i].name)) == 0)
			return &o->profiles[i];
	return NULL;
}

/* ------------------------------------------------------------------- end */

static void
answer_end(const struct asked *q, enum auth_end end)
{
	struct auth_end_answer answer = { .end = end };

	asked_answer(q, &answer.head, sizeof(answer));
}

static void
tell_end(struct attempt *a, enum auth_end end)
{
	answer_end(&a->open, end);
}

static void
on_end(void *arg, enum db_rc rc)
{
	struct attempt *a = arg;

	attempt_hears(a);
	attempt_answer(a, rc == DB_OK ? AUTH_DONE : AUTH_DOWN);
}

/* A front that was taken over says so without a certificate (T8). */
static void
refuse_receipt(struct attempt *a)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "receipt-refused");
	log_text(&l, "user", a->holder.account.user_id);
	log_end(&l);
	attempt_answer(a, AUTH_REFUSED);
}

static void
take_succeed(const struct asked *q, const struct auth_succeed *question)
{
	const struct ladder_options *o = &q->ladder->options;
	struct attempt *a = attempt_at(q, question->handle, ATTEMPT_PROVED);

	if (a == NULL) {
		answer_end(q, AUTH_GONE);
		return;
	}
	attempt_open(a, q, tell_end);
	if (!grant_receipt_holds(o->grant_key, &a->grant, &question->serial,
		&question->receipt)) {
		refuse_receipt(a);
		return;
	}
	a->asked = attempts_succeed(o->attempts, &a->who, on_end, a);
	if (a->asked == NULL)
		on_end(a, DB_DOWN);
}

static void
on_left(void *arg, enum db_rc rc, const struct attempts_settled *settled)
{
	(void)settled;
	on_end(arg, rc);
}

/* Whatever it waits for. */
static void
take_leave(const struct asked *q, struct auth_handle handle)
{
	struct attempt *a = attempt_find(q, handle);

	if (a == NULL || !a->place) {
		if (a != NULL)
			attempt_leave(a);
		answer_end(q, AUTH_DONE);
		return;
	}
	attempt_open(a, q, tell_end);
	call_forget(a->asked);
	a->place = false;
	a->asked = attempts_settle(
	    q->ladder->options.attempts, &a->who, ATTEMPTS_NEUTRAL, on_left, a);
	if (a->asked == NULL)
		on_left(a, DB_DOWN, NULL);
}

/* Nobody listens. */
static void
leave(const struct asked *q, struct auth_handle handle, bool give_back)
{
	struct attempt *a = attempt_find(q, handle);

	if (a == NULL)
		return;
	if (give_back)
		attempt_leave(a);
	else
		attempt_vanish(a);
}

/* --------------------------------------------------------------- taking */

/* There are no codes for a contract, which has no mailbox. */
static bool
contract_good(const struct ladder *ladder, const struct auth_password *q)
{
	return ladder->options.proofs != NULL && !q->mails_code &&
	       !q->code_may_follow && !q->shows_certificate;
}

/*
 * What the command line alone may ask, and a front only when it was taken over
 * (T8): the hash of the password that is shown. And what it may not: there are
 * no codes for it.
 */
static bool
subject_good(const struct ladder *ladder, const struct ipc_head *head)
{
	const void *message = head;
	const struct auth_password *q = message;

	if (head->kind == AUTH_KIND_MAKE || head->kind == AUTH_KIND_SETTLE ||
	    head->kind == AUTH_KIND_PREPARE_EMAIL ||
	    head->kind == AUTH_KIND_CONFIRM_EMAIL)
		return ladder->options.session_s != 0;
	if (head->kind != AUTH_KIND_PASSWORD)
		return true;
	if (q->subject == AUTH_CONTRACT && !contract_good(ladder, q))
		return false;
	/* A session is for the member area alone, if there is one, and begins
	 * with the password itself: a voucher makes no proof younger. */
	if (q->for_session &&
	    (q->mails_code || q->code_may_follow || q->shows_voucher ||
		!q->shows_certificate || ladder->options.session_s == 0))
		return false;
	return ladder->options.accounts == NULL ? !q->mails_code
						: !q->tells_hash;
}

bool
ladder_take(struct ladder *ladder, void *door, const struct ipc_head *head,
    size_t bytes)
{
	const struct asked q = { .ladder = ladder,
		.door = door,
		.id = head->id,
		.kind = head->kind };
	const void *message = head;
	const struct auth_end_question *end = message;

	if (!auth_question_good(head, bytes) || !subject_good(ladder, head))
		return false;
	attempts_end_old(ladder);
	switch ((enum auth_kind)head->kind) {
	case AUTH_KIND_PASSWORD:
		take_password(&q, message);
		break;
	case AUTH_KIND_CODE:
		take_code(&q, message);
		break;
	case AUTH_KIND_REGISTER:
		take_registration(&q, message);
		break;
	case AUTH_KIND_SUCCEED:
		take_succeed(&q, message);
		break;
	case AUTH_KIND_MAKE:
		take_make(&q, message);
		break;
	case AUTH_KIND_SETTLE:
		take_settle(&q, message);
		break;
	case AUTH_KIND_PREPARE_EMAIL:
		take_prepare_email(&q, message);
		break;
	case AUTH_KIND_CONFIRM_EMAIL:
		take_confirm_email(&q, message);
		break;
	case AUTH_KIND_LEAVE:
		take_leave(&q, end->handle);
		break;
	case AUTH_KIND_LEAVE_SAID:
		leave(&q, end->handle, true);
		break;
	case AUTH_KIND_VANISH:
		leave(&q, end->handle, false);
		break;
	}
	return true;
}
