/*
 * feed - the calendar of a person, at an address that nobody can guess:
 * /calendar/TOKEN.ics, at the portal, since programs that fetch calendars show
 * no certificate. When each certificate can be renewed, and when it ends; of a
 * master those of the contract. It names user IDs, and nobody's name.
 *
 * The token stands in the address alone; the database knows its digest.
 */
#ifndef PORTAL_FEED_H
#define PORTAL_FEED_H

#include "base/digest.h"
#include "http/engine.h"

#define FEED_TOKEN_SIZE 33 /* 32 hexadecimal digits and a NUL */

/* NULL: that path is no calendar's. */
const struct endpoint *feed_find(const char *path);

/* One that nobody has. */
void feed_new_token(char token[FEED_TOKEN_SIZE]);
/* As which the database knows it. */
struct digest feed_digest(const char token[FEED_TOKEN_SIZE]);
/* Where the calendar stands. */
const char *feed_url(struct flow *, const char token[FEED_TOKEN_SIZE]);

#endif
