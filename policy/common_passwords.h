/*
 * common_passwords - passwords that meet every rule of form and are guessed
 * first all the same (J-08).
 */
#ifndef POLICY_COMMON_PASSWORDS_H
#define POLICY_COMMON_PASSWORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A usual word behind the usual disguises: digits and symbols around it,
 * capitals, `@` for a, `0` for o and the like; or a walk over the keyboard.
 */
bool common_passwords_has(const char *text, size_t len);

#endif
