/*
 * The code is derived from a nonce; the nonce goes into the outbox row, a
 * keyed digest of the code into Redis, and the code itself nowhere.
 */
#include "est/onetime.h"

#include "base/clock.h"
#include "est/count.h"
#include "est/enroll.h"
#include "http/gate.h"

#include <string.h>

/* ---------------------------------------------------------------- step 1 */

static void
on_make(void *arg, enum db_rc rc, enum attempts_mail mail)
{
	struct flow *f = arg;
	enum next n = NEXT;

	if (rc != DB_OK) {
		flow_resume(f, flow_fail(f, FAIL_UNAVAILABLE));
		return;
	}
	enroll_of(f)->place = false; /* the script has settled it */
	/* A code that was mailed just now stays good (4.2 step 8). */
	if (mail != ATTEMPTS_MAIL_NEW)
		n = flow_fail(f, FAIL_CODE_MAILED);
	flow_resume(f, n);
}

enum next
onetime_make(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	const struct secret_key *key = &f->front->shared->code_key;
	unsigned char digest[SECRET_DIGEST_SIZE];
	char code[CODE_DIGITS + 1];

	if (e->proof != ENROLL_PASSWORD)
		return NEXT;
	secret_random(e->nonce, sizeof(e->nonce));
	code_derive(key, e->nonce, code);
	code_digest(key, e->holder.account.user_id, code, digest);
	secret_wipe(code, sizeof(code));
	f->asked =
	    attempts_new_code(f->front->attempts, &e->who, digest, on_make, f);
	return WAIT;
}

static void
on_mail(void *arg, enum db_rc rc)
{
	struct flow *f = arg;

	if (rc != DB_OK) {
		/* closed or blocked since the password was right. */
		flow_resume(
		    f, flow_fail(f, rc == DB_CONFLICT ? FAIL_AUTHENTICATION
						      : FAIL_UNAVAILABLE));
		return;
	}
	call_forget(attempts_mailed(
	    f->front->attempts, &enroll_of(f)->who, NULL, NULL));
	flow_resume(f, flow_fail(f, FAIL_CODE_MAILED));
}

enum next
onetime_mail(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	const struct code_policy *policy =
	    &f->front->shared->config->policy.code;
	struct accounts_code mail = { .account = e->holder.account.id };
	char address[64] = "unknown";

	if (e->proof != ENROLL_PASSWORD)
		return NEXT;
	gate_peer(f->request, address, sizeof(address));
	memcpy(mail.nonce, e->nonce, sizeof(mail.nonce));
	mail.made_at = clock_now();
	mail.dies_at = mail.made_at + policy->life_s;
	mail.address = address;
	f->asked = accounts_mail_code(f->front->accounts, &mail, on_mail, f);
	return WAIT;
}

/* ---------------------------------------------------------------- step 2 */

static void
take_answer(struct flow *f, const struct attempts_code_answer *answer)
{
	const struct attempts_settled *settled = &answer->settled;
	struct enroll *e = enroll_of(f);

	e->place = false; /* the script has settled it */
	memcpy(e->code_id, answer->code_id, sizeof(e->code_id));
	switch (answer->code) {
	case ATTEMPTS_CODE_RIGHT:
		e->proof = ENROLL_PROVEN;
		break;
	case ATTEMPTS_CODE_AGAIN:
		e->proof = ENROLL_AGAIN;
		break;
	case ATTEMPTS_CODE_WRONG:
		e->proof = ENROLL_WRONG;
		if (settled->locked_now)
			count_note_lock(e, settled->lock_number,
			    settled->locked_until, settled->blocked);
		break;
	}
}

static void
on_spend(void *arg, enum db_rc rc, const struct attempts_code_answer *answer)
{
	struct flow *f = arg;
	enum next n = NEXT;

	if (rc != DB_OK)
		n = flow_fail(f, FAIL_UNAVAILABLE);
	else
		take_answer(f, answer);
	flow_resume(f, n);
}

enum next
onetime_spend(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	unsigned char digest[SECRET_DIGEST_SIZE];
	unsigned char csr_digest[FACTS_DIGEST_SIZE];
	bool spend = e->csr != NULL && e->decision.verdict == DECIDE_ALLOWED;

	if (e->proof != ENROLL_CODE)
		return NEXT;
	/*
	 * Also of a request that is refused now: it may be the one that the
	 * code was spent for, and is then no failure.
	 */
	secret_digest(e->der.at, e->der.len, csr_digest);
	code_digest(&f->front->shared->code_key, e->holder.account.user_id,
	    e->code, digest);
	f->unstoppable = spend; /* from here on it may be paid for (F-05) */
	f->asked = attempts_spend(f->front->attempts, &e->who, digest,
	    csr_digest, spend, on_spend, f);
	return WAIT;
}
