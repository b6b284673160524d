/*
 * escape - text from outside on a terminal: what would move the
 * cursor, turn the direction or is no UTF-8 is shown as \x1b, nothing else
 * changes.
 */
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

#include <stdio.h>

/* Written as far as it goes; a stream that fails is not told of. */
void escape_put(FILE *out, const char *text);
/* In a memory of its own; free() it. */
char *escape_text(const char *text);
/* JSON in which the same characters are escaped as JSON does it; what divides
 * its lines stays. free() it. */
char *escape_json(const char *json);
/* How many columns of a terminal it takes when escaped already. */
size_t escape_width(const char *text);

#endif
