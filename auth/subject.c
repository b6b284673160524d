#include "auth/subject.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/password.h"
#include "db/proofs.h"
#include "policy/lock.h"

struct call *
subject_find(struct attempt *a, accounts_holder_fn *found)
{
	const struct ladder_options *o = &a->ladder->options;
	struct accounts_question q = { .user_id = a->name };

	if (a->subject == AUTH_CONTRACT)
		return proofs_find_contract(o->proofs, a->name, found, a);
	if (o->accounts == NULL)
		return proofs_find_account(o->proofs, a->name, found, a);
	if (a->shows_certificate) {
		q.serial = &a->serial;
		q.fingerprint = &a->fingerprint;
	}
	return accounts_find(o->accounts, &q, found, a);
}

/* Since PostgreSQL was last asked for costs a hash was made at another. */
static void
learn_cost(const struct attempt *a)
{
	struct log_line l;

	if (password_costs_add(
		a->ladder->options.costs, a->holder.account.password_hash))
		return;
	log_begin(&l, LOG_LINE_ERROR, "password-costs");
	log_text(&l, "user", a->holder.account.user_id);
	log_end(&l);
}

void
subject_take(struct attempt *a, const struct facts_holder *holder)
{
	const struct facts_account *account = &a->holder.account;

	a->holder = *holder;
	a->known = a->subject == AUTH_CONTRACT ? account->contract[0] != '\0'
					       : account->id != 0;
	learn_cost(a);
	a->closed = a->known && lock_holds(account, clock_now());
}

void
subject_tell_lock(struct attempt *a)
{
	const struct ladder_options *o = &a->ladder->options;
	struct accounts_lock lock = { .account = a->holder.account.id,
		.number = a->lock.lock_number,
		.until = a->lock.locked_until,
		.block = a->lock.blocked,
		.failures = a->lock.failures,
		.whence = a->lock.whence };

	if (!a->known || !a->lock_found)
		return;
	if (a->subject == AUTH_CONTRACT)
		call_forget(proofs_lock_contract(
		    o->proofs, a->name, &lock, NULL, NULL));
	else if (o->accounts == NULL)
		call_forget(proofs_lock_account(o->proofs, &lock, NULL, NULL));
	else
		call_forget(accounts_lock(o->accounts, &lock, NULL, NULL));
}

struct call *
subject_tell_hash(struct attempt *a, const char *old, const char *anew,
    accounts_done_fn *told)
{
	return accounts_rehash(a->ladder->options.accounts,
	    a->holder.account.id, old, anew, told, a);
}
