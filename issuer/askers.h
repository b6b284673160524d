/*
 * askers - the issuer's ends of the sockets to the fronts: questions go to
 * issuer/batch, its answers go back (issuer/issue.h).
 *
 * Takes fronts of the same user and of root only.
 */
#ifndef ISSUER_ASKERS_H
#define ISSUER_ASKERS_H

#include "issuer/batch.h"

struct event_base;
struct askers;

/* `listener` stays the caller's. NULL: out of memory or descriptors. */
struct askers *askers_open(struct event_base *, int listener, struct batch *);
/* Before the batch is freed. */
void askers_close(struct askers *);
/* No new fronts. */
void askers_refuse(struct askers *);

/* For batch_options.answer. */
void askers_answer(void *asker, const struct issue_answer *);

#endif
