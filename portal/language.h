/*
 * language - in which of two languages somebody reads.
 */
#ifndef PORTAL_LANGUAGE_H
#define PORTAL_LANGUAGE_H

#include "http/flow.h"

struct language_text {
	const char *ja, *en; /* whole sentences */
};

/* The first of both that this Accept-Language names; else, and without one
 * (NULL), Japanese. */
const char *language_among(const char *languages, const struct language_text *);
/* That of the request. */
const char *language_of(const struct flow *, const struct language_text *);

#endif
