/*
 * ceiling - how many signatures there may be in any minute, whoever asks for
 * them: so many certificates, and no more, can be had by who has taken a
 * front or auth over before somebody looks (T8).
 *
 * Owns:  the moments of the last signatures.
 * Waits: never; knows no clock.
 */
#ifndef ISSUER_CEILING_H
#define ISSUER_CEILING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"

struct ceiling;

/* Ends the process if there is no memory. */
struct ceiling *ceiling_new(unsigned per_minute);
/* NULL is fine. */
void ceiling_free(struct ceiling *);

/* One more signature; false: there may be none now. */
MUST_CHECK bool ceiling_take(struct ceiling *, int64_t now_us);

/* How many were refused and have not been told yet; 0 also where the last
 * time that it said something is less than a minute ago. */
unsigned ceiling_to_tell(struct ceiling *, int64_t now_us);

#endif
