/*
 * installed - writes down which certificates fronts have seen in use
 * (R-CERT-12). Beside issuer/batch, which has the ledger for all else.
 *
 * Waits:  never. Each question that was taken is answered exactly once, later.
 * Bounds: INSTALLED_OPEN_MAX questions, of which one asker has half at most.
 */
#ifndef ISSUER_INSTALLED_H
#define ISSUER_INSTALLED_H

#include "base/must.h"
#include "issuer/ask.h"

#define INSTALLED_OPEN_MAX 64

struct installed;

/* `asker` is what was given with the question. NULL: no memory. */
typedef void installed_answer_fn(void *asker, struct issuer_installed_answer *);
struct installed *installed_new(struct ledger *, installed_answer_fn *answer);
void installed_free(struct installed *); /* what is open is not answered */

/* False: it is not taken: too many are open (I-13), or no memory. */
MUST_CHECK bool installed_add(
    struct installed *, const struct issuer_installed_question *, void *asker);

/* What to say to it. */
struct issuer_installed_answer installed_reply(
    const struct issuer_installed_question *, enum issuer_end);

#endif
