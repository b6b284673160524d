/*
 * The code is derived from a nonce; the nonce goes into the outbox row, a
 * keyed digest of the code into Redis, and the code itself nowhere.
 */
#include "est/onetime.h"

#include "base/clock.h"
#include "est/count.h"
#include "est/enroll.h"

#include <string.h>

/* ---------------------------------------------------------------- step 1 */

static void
on_make(void *arg, enum db_rc rc, enum attempts_mail mail)
{
	struct flow *f = arg;
	enum flow_next n = FLOW_NEXT;

	if (rc != DB_OK) {
		flow_resume(f, est_refuse(f, REFUSAL_UNAVAILABLE));
		return;
	}
	enroll_of(f)->place = false; /* the script has settled it */
	/* A code that was mailed just now stays good (4.2 step 8). */
	if (mail != ATTEMPTS_MAIL_NEW)
		n = est_refuse(f, REFUSAL_CODE_MAILED);
	flow_resume(f, n);
}

enum flow_next
onetime_make(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	const struct secret_key *key = &est_of(f)->shared->code_key;
	unsigned char digest[SECRET_DIGEST_SIZE];
	char code[CODE_DIGITS + 1];

	secret_random(e->nonce, sizeof(e->nonce));
	code_derive(key, e->nonce, code);
	code_digest(key, e->holder.account.user_id, code, digest);
	secret_wipe(code, sizeof(code));
	f->asked =
	    attempts_new_code(est_of(f)->attempts, &e->who, digest, on_make, f);
	return FLOW_WAIT;
}

static void
on_mail(void *arg, enum db_rc rc)
{
	struct flow *f = arg;

	if (rc != DB_OK) {
		/* closed or blocked since the password was right. */
		flow_resume(
		    f, est_refuse(f, rc == DB_CONFLICT ? REFUSAL_AUTHENTICATION
						       : REFUSAL_UNAVAILABLE));
		return;
	}
	call_forget(attempts_mailed(
	    est_of(f)->attempts, &enroll_of(f)->who, NULL, NULL));
	flow_resume(f, est_refuse(f, REFUSAL_CODE_MAILED));
}

enum flow_next
onetime_mail(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	const struct code_policy *policy =
	    &est_of(f)->shared->config->policy.code;
	struct accounts_code mail = { .account = e->holder.account.id };
	char address[FLOW_PEER_SIZE];

	flow_peer(f, address);
	memcpy(mail.nonce, e->nonce, sizeof(mail.nonce));
	mail.made_at = clock_now();
	mail.dies_at = mail.made_at + policy->life_s;
	mail.address = address;
	f->asked = accounts_mail_code(est_of(f)->accounts, &mail, on_mail, f);
	return FLOW_WAIT;
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
		proof_set(e, ENROLL_PROVEN);
		break;
	case ATTEMPTS_CODE_AGAIN:
		proof_set(e, ENROLL_AGAIN);
		break;
	case ATTEMPTS_CODE_WRONG:
		proof_set(e, ENROLL_WRONG);
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
	enum flow_next n = FLOW_NEXT;

	if (rc != DB_OK)
		n = est_refuse(f, REFUSAL_UNAVAILABLE);
	else
		take_answer(f, answer);
	flow_resume(f, n);
}

enum flow_next
onetime_spend(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	unsigned char digest[SECRET_DIGEST_SIZE];
	unsigned char csr_digest[FACTS_DIGEST_SIZE];
	bool spend = e->csr != NULL && e->decision.verdict == DECIDE_ALLOWED;

	/*
	 * Also of a request that is refused now: it may be the one that the
	 * code was spent for, and is then no failure.
	 */
	secret_digest(e->der.at, e->der.len, csr_digest);
	code_digest(&est_of(f)->shared->code_key, e->holder.account.user_id,
	    e->code, digest);
	f->unstoppable = spend; /* from here on it may be paid for (F-05) */
	f->asked = attempts_spend(est_of(f)->attempts, &e->who, digest,
	    csr_digest, spend, on_spend, f);
	return FLOW_WAIT;
}
