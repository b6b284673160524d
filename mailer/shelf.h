/*
 * shelf - mails that were taken out of the outbox and wait for a place: a few,
 * so that a place that gets free finds the next one without asking the
 * database, and asks it for many at once.
 */
#ifndef MAILER_SHELF_H
#define MAILER_SHELF_H

#include <stdbool.h>
#include <stddef.h>

#include "db/outbox.h"

struct shelf;

struct shelf *shelf_new(size_t room);
void shelf_free(struct shelf *); /* NULL is fine; leases give them back */

size_t shelf_room(const struct shelf *); /* for more */

/* A copy; there must be room. */
void shelf_put(struct shelf *, const struct outbox_mail *);

/*
 * Takes one off, code mails first, otherwise the one that came first; with
 * `codes_only` no others. False if there is none. `*stale`: it has lain there
 * so long that its lease may end while it is being sent.
 */
bool shelf_take(
    struct shelf *, bool codes_only, struct outbox_mail *, bool *stale);

#endif
