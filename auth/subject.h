/*
 * subject - whose password it is, in PostgreSQL: looked up, and told of a
 * lock (I-8) or a new hash. For the files of auth/ alone.
 */
#ifndef AUTH_SUBJECT_H
#define AUTH_SUBJECT_H

#include "auth/attempt.h"

/* `found` hears `a`; then subject_take(). */
struct call *subject_find(struct attempt *a, accounts_holder_fn *found);
void subject_take(struct attempt *, const struct facts_holder *);

/*
 * Tells of a lock that Redis has decided, if there is one (`lock_found`). The
 * answer is not waited for: only what exists is recorded, and the time of a
 * commit, or a 503, would tell that it does (I-15, A-09). The lock holds in
 * Redis already; what is lost on the way to PostgreSQL is told again by the
 * next attempt, which finds the lock (R-LOCK-8).
 */
void subject_tell_lock(struct attempt *);

/* The same password in another hash. Not beside proofs, which compare the hash
 * once more when a session begins; where one does here, `told` is waited for,
 * else it is NULL. */
struct call *subject_tell_hash(struct attempt *, const char *old,
    const char *anew, accounts_done_fn *told);

#endif
