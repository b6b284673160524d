/*
 * input - what people may type: pure judgement, field by field (R-ACC-1,
 * R-ACC-3..6). Nothing reaches SQL, SMTP, Redis or a log unjudged.
 */
#ifndef POLICY_INPUT_H
#define POLICY_INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct input_policy {
	unsigned password_min; /* 8 */
	unsigned password_max; /* 12; an operator may raise it to 128 */
};

struct input_policy input_policy_default(void);

/*
 * Each returns NULL when the value is good, otherwise one sentence that names
 * the rule and what would be right, e.g. "must be 6 to 12 characters".
 */
const char *input_contract(const char *text, size_t len);
const char *input_user_id(const char *text, size_t len);
const char *input_password(
    const struct input_policy *, const char *text, size_t len);
const char *input_initial_password(const char *text, size_t len);
const char *input_name(const char *utf8, size_t len);
const char *input_email(const char *text, size_t len);
const char *input_locale(const char *text, size_t len);

/*
 * Full-width ASCII forms (U+FF01..FF5E) become ASCII, U+3000 a space
 * (R-WEB-8). `out` has room for len + 1 bytes. False if it is not UTF-8.
 */
bool input_fold_width(const char *utf8, size_t len, char *out);

/* Well-formed UTF-8 without overlong forms, surrogates or NUL. */
bool input_utf8(const char *text, size_t len);
/* Counts code points; the text must be well-formed. */
size_t input_length(const char *utf8, size_t len);

#endif
