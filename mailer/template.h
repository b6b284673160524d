/*
 * template - the texts of all mails, files that an operator can edit
 * (R-MAIL-3): <folder>/<language>/<kind>.txt in UTF-8, `Subject: ...` in the
 * first line, an empty line, then the text; <language>/device/<kind>.txt for
 * the responsible person of a device. {{word}} stands for a value; which words
 * a kind has is in mailer/mail_kinds.c. A line goes whose word has no value,
 * where the word may lack one. Entries of a calendar are such texts too.
 *
 * Owns:  the set owns its texts.
 * Fails: a set is complete and right, or there is none; each fault is told as
 *        `file:line: reason`.
 */
#ifndef MAILER_TEMPLATE_H
#define MAILER_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "mailer/mail_kinds.h"

struct template_set;
struct template;

typedef void template_told_fn(void *arg, const char *line);

/* NULL when anything is wrong; all faults have then been told. */
struct template_set *template_load(
    const char *folder, template_told_fn *told, void *arg);
void template_free(struct template_set *); /* NULL is fine */

/* Whose account it is about. */
enum template_holder {
	TEMPLATE_PERSON,
	TEMPLATE_DEVICE,
	TEMPLATE_HOLDERS
};

/*
 * The text in that language; in English for a locale that has none. Never
 * NULL. Lives as long as the set.
 */
const struct template *template_find(const struct template_set *,
    const struct mail_kind *, const char *locale, enum template_holder);

/* What stands for a word, or NULL: a time as seconds since 1970 in digits. */
typedef const char *template_value_fn(void *arg, const char *word);

/*
 * Writes subject and text. Values are shown as one line of clean text,
 * whatever they hold. False, and `*missing` is the word, if a value is not
 * there or a time is not one; or, with NULL, if it does not fit.
 */
bool template_fill(const struct template *, template_value_fn *value, void *arg,
    struct buf *subject, struct buf *body, const char **missing);

#endif
