/*
 * claimed - mails that were taken out of the outbox and wait for a place: a
 * few, so that a place that gets free finds the next one without asking the
 * database, and asks it for many at once.
 */
#ifndef MAILER_CLAIMED_H
#define MAILER_CLAIMED_H

#include <stdbool.h>
#include <stddef.h>

#include "db/outbox.h"

struct claimed;

/* Room for so many mails. */
struct claimed *claimed_new(size_t room);
void claimed_free(struct claimed *); /* NULL is fine; leases give them back */

size_t claimed_room(const struct claimed *); /* for more */

/* A copy; there must be room. */
void claimed_put(struct claimed *, const struct outbox_mail *);

/*
 * Takes one off, code mails first, otherwise the one that came first; with
 * `codes_only` no others. False if there is none. `*stale`: it has lain there
 * so long that its lease may end while it is being sent.
 */
bool claimed_take(
    struct claimed *, bool codes_only, struct outbox_mail *, bool *stale);

#endif
