/*
 * reminder - the calendar that comes with a notice of expiry: the day from
 * which a certificate can be renewed, and the moment it ends.
 */
#ifndef MAILER_REMINDER_H
#define MAILER_REMINDER_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "mailer/template.h"

struct reminder {
	const struct template_set *texts;
	const char *locale;
	enum template_holder holder;
	const char *serial; /* hexadecimal: stands in the entries' names */
	const char *domain; /* the right part of them */
	time_t opens, not_after;
	time_t made_at; /* of the notice */
};

/*
 * Values as for template_fill(). False, and `*missing` is the word for which
 * there is none; or, with NULL, if it does not fit.
 */
bool reminder_build(const struct reminder *, template_value_fn *value,
    void *arg, struct buf *out, const char **missing);

#endif
