/*
 * share - room that several askers share, so that nobody's flood leaves
 * nothing to the others.
 *
 * One may have as much as is left over: alone half of all, the next one half
 * of the rest, and so on. Whoever comes finds room.
 *
 * Owns:   a count for each who has something. A `who` is only compared.
 */
#ifndef BASE_SHARE_H
#define BASE_SHARE_H

#include <stdbool.h>

#include "base/must.h"

struct share;

/* NULL: no memory. */
MUST_CHECK struct share *share_new(unsigned room);
void share_free(struct share *); /* NULL is fine */

/* False: not now, for that one, or there is no memory. */
MUST_CHECK bool share_take(struct share *, const void *who);
/* What was taken by the same one. */
void share_give(struct share *, const void *who);

#endif
