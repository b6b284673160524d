/*
 * listener - the issuer's ends of the sockets to the fronts: questions go to
 * issuer/batch, its answers go back (issuer/ask.h).
 *
 * Takes fronts of the same user and of root only.
 */
#ifndef ISSUER_LISTENER_H
#define ISSUER_LISTENER_H

#include "issuer/batch.h"

struct event_base;
struct listener;

/* `listener` stays the caller's. NULL: out of memory or descriptors. */
struct listener *listener_open(
    struct event_base *, int listener, struct batch *);
/* Before the batch is freed. */
void listener_close(struct listener *);
/* No new fronts. */
void listener_refuse(struct listener *);

/* For batch_options.answer. */
void listener_answer(void *asker, const struct issuer_answer *);

#endif
