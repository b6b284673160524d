/*
 * names - the subject of a certificate from the profile's templates
 * (R-CERT-7). Words in braces: {user_id} {issued_at} {contract} {name}.
 * {issued_at} is YYYYMMDDhhmmss in the service's zone. Everything else stands
 * for itself; a brace cannot.
 *
 * A template is judged once, at start, for the longest values that R-ACC-1,
 * R-ACC-3 and R-ACC-5 allow. So a name is never cut: it fits, or the program
 * did not start.
 */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/must.h"
#include "policy/facts.h"
#include "policy/profile.h"

/* ub-common-name and friends of RFC 5280 A.1, in characters. */
#define NAMES_COMMON_NAME_MAX 64

/* Room for any result that was judged good, with its NUL: UTF-8 of 128. */
#define NAMES_SIZE (4 * 128 + 1)

/*
 * NULL when the template of a common name (or of the attribute) is good,
 * otherwise what is wrong with it and what would be right. C is two capital
 * letters and SERIAL_NUMBER printable ASCII (RFC 5280 A.1: PrintableString).
 */
MUST_CHECK const char *names_check(const char *template);
MUST_CHECK const char *names_check_attribute(
    enum profile_attribute, const char *template);

/*
 * Writes the name and a NUL. False, and `out` is empty, if the whole result
 * does not fit `size` bytes, is empty, a word has no value (an account
 * without a name) or the template is not good.
 */
MUST_CHECK bool names_fill(const char *template, const struct facts_account *,
    time_t issued_at, char *out, size_t size);

#endif
