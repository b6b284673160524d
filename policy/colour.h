/*
 * colour - a colour of the pages, and whether it can be read on another.
 */
#ifndef POLICY_COLOUR_H
#define POLICY_COLOUR_H

#include <stdbool.h>

#include "base/must.h"

struct colour {
	unsigned char red, green, blue;
};

/* `#0017c1`, and no other form. */
MUST_CHECK bool colour_read(const char *text, struct colour *out);

/* WCAG 2.2: 1 to 21, whichever of both is the text. */
#define COLOUR_CONTRAST_LEAST 4.5 /* of text (1.4.3) */
double colour_contrast(const struct colour *, const struct colour *);

#endif
