/*
 * names - the subject of a certificate from the profile's templates
 * (R-CERT-7). Words in braces: {user_id} {issued_at} {contract} {name}.
 * {issued_at} is YYYYMMDDhhmmss in the service's zone.
 */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "policy/facts.h"
#include "policy/profile.h"

/* NULL when the template is good, otherwise what is wrong with it. */
const char *names_check(const char *template);

/* False if the result does not fit `size` or is empty. */
bool names_fill(const char *template, const struct facts_account *,
    time_t issued_at, char *out, size_t size);

/* ub-common-name and friends of RFC 5280 A.1, in characters. */
size_t names_limit(enum profile_attribute);
#define NAMES_COMMON_NAME_MAX 64

#endif
