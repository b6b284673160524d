/*
 * made_password - a password that nobody has chosen: temporary ones, and those
 * of devices (R-ACC-7).
 */
#ifndef AUTH_MADE_PASSWORD_H
#define AUTH_MADE_PASSWORD_H

#include "policy/input.h"

#define MADE_PASSWORD_MAX 16 /* longer only where the policy wants it */
#define MADE_PASSWORD_SIZE (INPUT_PASSWORD_CEILING + 1)

/*
 * At random, good by that policy. Letters and signs that look like others are
 * left out, since it may be read aloud; it begins with a letter, so that no
 * spreadsheet takes it for a formula.
 */
void made_password(const struct input_policy *, char out[MADE_PASSWORD_SIZE]);
/* Likewise for a contract, by input_initial_password(). */
void made_password_initial(char out[INPUT_INITIAL_PASSWORD + 1]);

#endif
