/*
 * input - what people may type: pure judgement, field by field (R-ACC-1,
 * R-ACC-3..6). Nothing reaches SQL, SMTP, Redis or a log unjudged.
 *
 * The caller prepares what it judges: it folds full-width forms in ASCII
 * fields (input_fold_width(), R-WEB-8) and brings names into NFC
 * (base/unicode.h, R-ACC-5). Nothing here changes a value; whether a user ID
 * is taken and two entries are equal is the caller's question too.
 */
#ifndef POLICY_INPUT_H
#define POLICY_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

#define INPUT_CONTRACT_DIGITS 8	    /* exactly, R-ACC-1 */
#define INPUT_INITIAL_PASSWORD 8    /* R-ACC-4, exactly */
#define INPUT_USER_ID_MIN 6	    /* ASCII, R-ACC-3 */
#define INPUT_USER_ID_MAX 12	    /* ASCII, R-ACC-3 */
#define INPUT_NAME_MAX 20	    /* R-ACC-5, code points */
#define INPUT_EMAIL_MAX 50	    /* R-ACC-6, bytes */
#define INPUT_REASON_MAX 255	    /* code points, X-04 */
#define INPUT_PASSWORD_CEILING 128U /* no policy may go over it, R-ACC-4 */

struct input_policy {
	unsigned password_min; /* 8 */
	unsigned password_max; /* 12; an operator may raise it to 128 */
};

/*
 * Each returns NULL when the value is good, otherwise what is right, to be
 * put behind the name of the field: "must be 6 to 12 characters". The texts
 * are constant, but for that of input_password(), which holds until its next
 * call in the same thread. `len` counts bytes; no NUL is needed behind them.
 */
MUST_CHECK const char *input_contract(const char *text, size_t len);
MUST_CHECK const char *input_user_id(const char *text, size_t len);
/*
 * Printable ASCII without the space (0x21 to 0x7E), each of the four classes
 * at least once; what is neither letter nor digit is a symbol. A password
 * that everybody tries first is refused (J-08).
 */
MUST_CHECK const char *input_password(
    const struct input_policy *, const char *text, size_t len);
/* Of a contract: exactly 8 characters by the same rule. */
MUST_CHECK const char *input_initial_password(const char *text, size_t len);
/*
 * 1 to 20 code points, counted as given: normalise first. Refused are
 * characters that are controls or cannot be seen (policy/utf8.h), and names
 * of spaces alone.
 */
MUST_CHECK const char *input_name(const char *utf8, size_t len);
/* One line of free text; it may be empty. */
MUST_CHECK const char *input_line(const char *utf8, size_t len);
/* Why something is done: a line of 1 to 255 code points, not of spaces alone.
 * It stays in the audit trail. */
MUST_CHECK const char *input_reason(const char *utf8, size_t len);
/* The name of a contract, in NFC; it may be empty. */
#define INPUT_TITLE_BYTES 255
MUST_CHECK const char *input_title(const char *utf8, size_t len);
/*
 * A plain mailbox of RFC 5321: dot-atom, `@`, a domain of at least two labels
 * whose last is not a number. No quoted local part, comment, address literal
 * or non-ASCII; so nothing in it can end a header or an SMTP command.
 */
MUST_CHECK const char *input_email(const char *text, size_t len);
MUST_CHECK const char *input_locale(
    const char *text, size_t len); /* "ja" or "en" */

/*
 * Full-width ASCII forms (U+FF01..FF5E) become ASCII, U+3000 a space
 * (R-WEB-8). `out` has room for len + 1 bytes and may be `utf8` itself. False
 * if it is not UTF-8, and `out` is empty.
 */
MUST_CHECK bool input_fold_width(const char *utf8, size_t len, char *out);

/* Well-formed UTF-8 without overlong forms, surrogates or NUL. */
MUST_CHECK bool input_utf8(const char *text, size_t len);

#endif
