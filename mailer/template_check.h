/*
 * template_check - what is wrong with the text of one mail. For template.c.
 */
#ifndef MAILER_TEMPLATE_CHECK_H
#define MAILER_TEMPLATE_CHECK_H

#include <stdbool.h>

#include "mailer/mail_kinds.h"
#include "mailer/template.h"

#define TEMPLATE_SUBJECT "Subject: "

/* Tells each fault; true if there is none. `text` has LF line ends. */
bool template_check(const struct mail_kind *, const char *path,
    const char *text, template_told_fn *told, void *arg);

/*
 * Finds the next {{word}} at or behind `at` in a line; NULL if there is none
 * any more. `*word` is NULL if it is not closed, or not one of the kind's.
 */
const char *template_next(const struct mail_kind *, const char *at,
    const char *end, const struct mail_kinds_word **word, const char **behind);

#endif
