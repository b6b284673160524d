/*
 * nearest - whether somebody who typed one word may have meant another.
 */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

/* They differ in one letter: another one, one more, one less, or two that
 * have changed places. Equal words do not. */
bool nearest_is(const char *typed, size_t len, const char *word);

#endif
