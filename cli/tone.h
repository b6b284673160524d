/*
 * tone - which values of a table deserve a look: what colour a terminal shows
 * them in.
 */
#ifndef CLI_TONE_H
#define CLI_TONE_H

#include <stdint.h>

#define TONE_END "\x1b[0m"

/* What begins the colour, which TONE_END ends; NULL: none. Of the state of a
 * user, certificate or mail, and of the days that are left. */
const char *tone_of_state(const char *state);
const char *tone_of_days(int64_t left);

#endif
