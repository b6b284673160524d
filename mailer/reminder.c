#include "mailer/reminder.h"

#include "mailer/mail_kinds.h"
#include "policy/calendar.h"

#include <stdio.h>

#define ENTRIES 2
#define SUMMARY_MAX 1024
#define DESCRIPTION_MAX 16384
#define UID_MAX 320 /* "opens-", 40 digits, a domain */

/* The texts of one entry, as long as the calendar is built from them. */
struct words {
	char uid[UID_MAX];
	struct buf summary, description;
};

static bool
fill(const struct reminder *r, const char *kind, template_value_fn *value,
    void *arg, struct words *w, const char **missing)
{
	buf_init(&w->summary, SUMMARY_MAX);
	buf_init(&w->description, DESCRIPTION_MAX);
	/* The kind is its first word, so that a certificate has both. */
	snprintf(
	    w->uid, sizeof(w->uid), "%s-%s@%s", kind, r->serial, r->domain);
	return template_fill(template_find(r->texts, mail_kinds_find(kind),
				 r->locale, r->holder),
	    value, arg, &w->summary, &w->description, missing);
}

static bool
build(const struct reminder *r, const struct words w[ENTRIES], struct buf *out)
{
	struct calendar_entry entries[ENTRIES] = {
		{ .begins = r->opens,
		    .whole_day = true,
		    .alarms = { "PT9H" } }, /* that morning */
		{ .begins = r->not_after, .alarms = { "-P7D", "-P1D" } },
	};

	for (size_t i = 0; i < ENTRIES; i++) {
		entries[i].uid = w[i].uid;
		entries[i].summary = w[i].summary.at;
		entries[i].description = w[i].description.at;
	}
	return calendar_build(entries, ENTRIES, r->made_at, out);
}

bool
reminder_build(const struct reminder *r, template_value_fn *value, void *arg,
    struct buf *out, const char **missing)
{
	static const char *const kinds_of[ENTRIES] = { MAIL_KINDS_ENTRY_OPENS,
		MAIL_KINDS_ENTRY_EXPIRES };
	struct words w[ENTRIES] = { 0 };
	bool good = true;

	*missing = NULL;
	for (size_t i = 0; good && i < ENTRIES; i++)
		good = fill(r, kinds_of[i], value, arg, &w[i], missing);
	good = good && build(r, w, out);
	for (size_t i = 0; i < ENTRIES; i++) {
		buf_free(&w[i].summary);
		buf_free(&w[i].description);
	}
	return good;
}
