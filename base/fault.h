/*
 * fault - why something cannot be, as one sentence for a person: it names the
 * file, line, key or field, and says what would be right.
 *
 *	struct fault why;
 *
 *	if (!secret_read_key(path, &key, &why))
 *		return fault_set(&why, "%s: %s", path, why.text);
 *
 * Owns:  its text; nothing to free. Never holds a secret.
 * Fails: never; what is longer than FAULT_MAX bytes ends in "...".
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

#define FAULT_MAX 1024

struct fault {
	char text[FAULT_MAX]; /* set when the function that took it failed */
};

/*
 * Replaces the text, of which the old one may be a part (`why->text` among the
 * arguments). Always false, so that a failing function can end with it.
 */
bool fault_set(struct fault *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
