/*
 * csr_check - csr_prove() and csr_judge() of one request: at once, or by a
 * thread of a pool where they take milliseconds (csr_slow()), which others
 * would wait for (docs/decisions/0028).
 *
 * Owns:    a copy of the request while a thread has it; who asked may be gone.
 * Waits:   never; csr_check_ask() is answered once, later.
 */
#ifndef PKI_CSR_CHECK_H
#define PKI_CSR_CHECK_H

#include "base/pool.h"
#include "pki/csr.h"

/* Sentences for the client; NULL: good. */
struct csr_checked {
	const char *unproven; /* no proof of the key; or key_no_memory */
	const char *refused;  /* not what the profile takes */
	struct keys_facts key;
};

typedef void csr_check_fn(void *arg, const struct csr_checked *);

/* Takes as long as it takes. */
struct csr_checked csr_check(struct csr *, const struct profile *);
/* `profile` outlives the pool. NULL: no memory, or too many wait. */
MUST_CHECK struct call *csr_check_ask(struct pool *, struct pool_mailbox *,
    const struct csr *, const struct profile *, csr_check_fn *answer,
    void *arg);

#endif
