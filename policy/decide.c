#include "policy/decide.h"

#include "policy/lock.h"
#include "policy/window.h"

#include <string.h>

static bool
role_fits(enum profile_holder holder, enum facts_role role)
{
	switch (role) {
	case FACTS_DEVICE:
		return holder == PROFILE_HOLDER_DEVICE;
	case FACTS_OPERATOR:
		return holder == PROFILE_HOLDER_OPERATOR;
	default:
		return holder == PROFILE_HOLDER_PERSON;
	}
}

/*
 * A lock is the answer to guesses: who renews by certificate alone has made
 * none, and strangers cannot keep him from it (A12).
 */
static enum decide_verdict
judge_account(const struct profile *profile,
    const struct facts_account *account, bool certificate_alone, time_t now)
{
	if (certificate_alone ? lock_final(account) : lock_closed(account, now))
		return DECIDE_ACCOUNT;
	if (account->temporary_password)
		return DECIDE_TEMPORARY;
	if (!role_fits(profile->holder, account->role) ||
	    !facts_profile_allowed(account, profile->name))
		return DECIDE_PROFILE;
	return DECIDE_ALLOWED;
}

/* What was shown in TLS to re-enroll: RFC 7030 3.3.2 and 4.2.2 (I-16). */
enum decide_verdict
decide_presented(const struct facts_certificate *shown, time_t now)
{
	if (!shown->exists || !shown->issued)
		return DECIDE_NO_CERTIFICATE;
	if (shown->revoked)
		return DECIDE_REVOKED;
	if (now > shown->not_after)
		return DECIDE_EXPIRED;
	return DECIDE_ALLOWED;
}

static enum decide_verdict
judge_presented(const struct profile *profile,
    const struct facts_holder *holder, time_t now)
{
	const struct facts_certificate *shown = &holder->presented;
	enum decide_verdict verdict;

	if (shown->exists && shown->issued &&
	    shown->account != holder->account.id)
		return DECIDE_FOREIGN;
	verdict = decide_presented(shown, now);
	if (verdict == DECIDE_ALLOWED &&
	    strcmp(shown->profile, profile->name) != 0)
		return DECIDE_OTHER_PROFILE;
	return verdict;
}

static bool
good(const struct facts_certificate *c, time_t now)
{
	return c->exists && c->issued && !c->revoked && now <= c->not_after;
}

/* There is a current certificate and it is too young to be replaced. */
static bool
too_early(const struct profile *profile,
    const struct facts_certificate *current, time_t now, time_t *from)
{
	if (!good(current, now))
		return false;
	*from = window_opens(current->not_after, profile->renewal_days);
	return now < *from;
}

/* Whoever shows an older certificate has a good one by it: no proof that this
 * one's profile asks for is got around (R-CERT-11). */
static bool
succeeds(const struct facts_certificate *current, const struct profile *profile,
    time_t now)
{
	return good(current, now) &&
	       strcmp(current->profile, profile->name) == 0;
}

time_t
decide_replaceable(const struct profile *profile,
    const struct facts_certificate *current, time_t now)
{
	time_t until = current->issued_at + (time_t)profile->replacement_s;

	if (current->installed || strcmp(current->profile, profile->name) != 0)
		return 0;
	return now < until ? until : 0;
}

/* R-CERT-6: for another computer, or one that was lost. */
static bool
revocable(const struct profile *profile, const struct profile *of_current,
    const struct facts_certificate *current)
{
	return of_current->holder_revokes &&
	       strcmp(current->profile, profile->name) == 0;
}

struct decision
decide(enum decide_operation operation, const struct decide_profiles *profiles,
    const struct facts_holder *holder, time_t now)
{
	const struct profile *profile = profiles->wanted;
	const struct profile *of_current =
	    profiles->of_current != NULL ? profiles->of_current : profile;
	bool renews = operation == DECIDE_REENROLL;
	struct decision d = { .verdict = DECIDE_ALLOWED };
	time_t from;

	d.verdict = judge_account(profile, &holder->account,
	    renews && profile->renewal == PROFILE_RENEWAL_CERTIFICATE, now);
	if (d.verdict == DECIDE_ALLOWED && renews)
		d.verdict = judge_presented(profile, holder, now);
	if (d.verdict != DECIDE_ALLOWED)
		return d;
	if (too_early(of_current, &holder->current, now, &from)) {
		bool held = revocable(profile, of_current, &holder->current);
		time_t until =
		    held ? from
			 : decide_replaceable(profile, &holder->current, now);

		d.replaces = operation == DECIDE_REPLACE && until != 0;
		d.held = d.replaces && held;
		if (d.replaces)
			return d;
		d.verdict = DECIDE_WINDOW;
		d.from = from;
		d.replace_until = until;
	} else if (renews && !holder->presented.current &&
		   profile->renewal == PROFILE_RENEWAL_CERTIFICATE &&
		   !succeeds(&holder->current, profile, now)) {
		d.verdict = DECIDE_REPLACED;
	}
	return d;
}
