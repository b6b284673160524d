/*
 * basic - the Authorization header: HTTP Basic (RFC 7617), strictly.
 */
#ifndef HTTP_BASIC_H
#define HTTP_BASIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define BASIC_VALUE_MAX 2048 /* bytes of the header's value */
#define BASIC_USER_MAX 255

struct basic {
	const char *user; /* UTF-8 without control characters, with NUL */
	char *secret;	  /* the rest after the first colon; in the arena */
	size_t secret_len;
};

/*
 * Splits at the first colon (EST-107). False where there is no memory
 * (arena_short()), and for anything that is not
 * well-formed Basic; it is then answered like a wrong password (4.2 step 3).
 */
bool basic_read(struct arena *, const char *value, struct basic *);

#endif
