/*
 * decide - may this holder have a certificate under this profile now? Facts
 * in, verdict out; asked when the password was right, again before the code
 * is spent, and a third time by the issuer.
 */
#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include <stdbool.h>
#include <time.h>

#include "base/believe.h"
#include "policy/facts.h"
#include "policy/profile.h"

enum decide_operation {
	DECIDE_ENROLL,
	DECIDE_REENROLL, /* the presented certificate is in the facts */
	DECIDE_REPLACE,	 /* as DECIDE_ENROLL, or R-CERT-12 */
};

/* In the order in which they are looked at. */
enum decide_verdict {
	DECIDE_ALLOWED,
	DECIDE_ACCOUNT,	       /* not open (policy/lock.h): say nothing */
	DECIDE_TEMPORARY,      /* R-ACC-7: replace the password first */
	DECIDE_PROFILE,	       /* not for this role */
	DECIDE_NO_CERTIFICATE, /* re-enroll without a certificate of ours */
	DECIDE_FOREIGN,	       /* of another account, EST-190 */
	DECIDE_REVOKED,	       /* no renewal with it, EST-188 */
	DECIDE_EXPIRED,	       /* EST-188: enroll anew */
	DECIDE_WINDOW,	       /* R-CERT-3: not yet; `from` says when */
	DECIDE_REPLACED,       /* R-CERT-10: its successor is not good,
				* or of another profile */
	DECIDE_OTHER_PROFILE,  /* it is renewed under its own (R-CERT-11) */
};

/* What a certificate is wanted under, and what the current one is of. */
struct decide_profiles {
	const struct profile *wanted;
	const struct profile *of_current; /* NULL: there is none any more */
};

struct decision {
	enum decide_verdict verdict;
	time_t from; /* DECIDE_WINDOW: first moment it is possible; else 0 */
	/* DECIDE_WINDOW: before that moment DECIDE_REPLACE is allowed; else 0,
	 * and 0 where it is not. */
	time_t replace_until;
	/* DECIDE_ALLOWED for this alone: the current certificate is revoked
	 * with the issue of the new one; */
	bool replaces;
	bool held; /* also one in use, since its holder may revoke it */
};

/* Of another process: its verdict and its flag are some. */
static inline bool
decision_good(const struct decision *d)
{
	return (unsigned)d->verdict <= DECIDE_OTHER_PROFILE &&
	       believe_flag(&d->replaces) && believe_flag(&d->held);
}

/* So is the operation in a question of another process. */
static inline bool
decide_operation_good(enum decide_operation operation)
{
	return (unsigned)operation <= DECIDE_REPLACE;
}

/*
 * DECIDE_ENROLL looks at the current certificate only: without one, or with
 * one that is revoked, expired or in its window, it is allowed (R-CERT-3),
 * whatever was presented in TLS.
 *
 * For DECIDE_REENROLL the presented certificate must be in the ledger, issued,
 * not revoked, not expired and of this account. It need not be the current
 * one (R-CERT-4: the old one stays good), but where the certificate alone is
 * enough (PROFILE_RENEWAL_CERTIFICATE) the current one must be good too, so
 * that revoking a device's current certificate ends its renewals. The window
 * is that of the current certificate in both cases.
 *
 * The presented one is renewed under the profile that it was issued under, and
 * the window is that of the profile of the current one: no path leads around
 * what a profile demands (R-CERT-11).
 *
 * DECIDE_REPLACE is DECIDE_ENROLL for who has lost the key of a certificate
 * before it was of any use: one of the same profile that nobody has seen
 * installed does not hold the next one back for the profile's replacement
 * window (R-CERT-12). Where the profile lets its holder revoke it
 * (`holder_revokes`), no certificate of it does (R-CERT-6).
 *
 * A certificate is good up to and including its last second; who has none that
 * is good enrolls as at first (R-CERT-5).
 *
 * A lock or block refuses what goes by password and code; it does not touch a
 * renewal where the certificate alone is enough (R-LOCK-3).
 */
struct decision decide(enum decide_operation, const struct decide_profiles *,
    const struct facts_holder *, time_t now);

/* R-CERT-12: until when that one may be replaced under that profile, if it is
 * the current one; 0: not. */
time_t decide_replaceable(
    const struct profile *, const struct facts_certificate *, time_t now);

/*
 * What the presented certificate is worth by itself, whosever it is: before
 * anybody is asked for a password that would help nothing (EST-183).
 */
enum decide_verdict decide_presented(const struct facts_certificate *, time_t);

#endif
