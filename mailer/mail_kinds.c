#include "mailer/mail_kinds.h"

#include <string.h>

/* One row of a table of words. */
#define TEXT(word)                                                             \
	{                                                                      \
		.name = (word), .form = MAIL_KINDS_TEXT                        \
	}
#define TIME(word)                                                             \
	{                                                                      \
		.name = (word), .form = MAIL_KINDS_TIME                        \
	}
#define DAY(word)                                                              \
	{                                                                      \
		.name = (word), .form = MAIL_KINDS_DAY                         \
	}
#define PERHAPS(word)                                                          \
	{                                                                      \
		.name = (word), .form = MAIL_KINDS_TEXT, .may_lack = true      \
	}

/* What koshin.notice() puts into every row, and what the courier knows. */
#define NOTICE                                                                 \
	TEXT(MAIL_KINDS_SERVICE), TIME(MAIL_KINDS_MADE_AT), TEXT("user_id"),   \
	    TEXT("name"), TEXT("contract"), PERHAPS(MAIL_KINDS_CONTACT),       \
	    PERHAPS(MAIL_KINDS_URL)

/* koshin.lock_account(); of a lock that is found later nobody knows it all. */
#define FAILURES PERHAPS("failures"), PERHAPS("addresses")

/* koshin.tell_email(): the address that waits. */
#define WAITS TEXT("email"), TIME("until")
#define WAITING NOTICE, WAITS

/* koshin.plan_notices(); when renewal begins is in the profile. */
#define EXPIRY                                                                 \
	NOTICE, TEXT("serial"), TEXT("subject"), DAY("not_after"),             \
	    DAY(MAIL_KINDS_OPENS), TEXT(MAIL_KINDS_DAYS)

/*
 * A code mail has no name in it, which its owner or a master chose freely: a
 * name could look like a code, or like a link (T3). It has no link at all, but
 * for the one to the address that is left: by that link nobody gets anything,
 * and by another mail its owner might get neither.
 */
const struct mail_kind kinds[] = {
	{ .name = "code",
	    .has_code = true,
	    .words = { TEXT(MAIL_KINDS_SERVICE), TIME(MAIL_KINDS_MADE_AT),
		TEXT(MAIL_KINDS_CODE), TEXT("user_id"), TEXT("contract"),
		TEXT("address"), TIME("dies_at"),
		PERHAPS(MAIL_KINDS_CONTACT) } },
	{ .name = "registered", .words = { NOTICE } },
	{ .name = "issued",
	    .words = { NOTICE, TEXT("serial"), TEXT("subject"),
		DAY("not_before"), DAY("not_after") } },
	{ .name = "replaced", /* koshin.supersede() */
	    .words = { NOTICE, TEXT("serial"), TEXT("revoked"),
		DAY("not_before"), DAY("not_after") } },
	{ .name = "not_installed", /* koshin.plan_uninstalled() */
	    .words = { NOTICE, TEXT("serial"), TIME("issued_at"),
		DAY("not_after") } },
	{ .name = "revoked", .words = { NOTICE, TEXT("serial") } },
	{ .name = "locked", .words = { NOTICE, FAILURES, TIME("until") } },
	{ .name = "blocked", .words = { NOTICE, FAILURES } },
	{ .name = "unlocked", .words = { NOTICE } },
	{ .name = "unblocked", .words = { NOTICE } },
	{ .name = "suspended", .words = { NOTICE, TEXT("reason") } },
	{ .name = "resumed", .words = { NOTICE } },
	{ .name = "reopened", .words = { NOTICE } },
	{ .name = "reminder", .words = { NOTICE } },
	{ .name = "name_changed", .words = { NOTICE } },
	{ .name = "email_changed", .words = { NOTICE } },
	{ .name = "email_waits", .words = { WAITING } },
	{ .name = "email_asked",
	    .has_code = true,
	    .of_address = true,
	    .words = { TEXT(MAIL_KINDS_SERVICE), TIME(MAIL_KINDS_MADE_AT),
		TEXT(MAIL_KINDS_CODE), TEXT("user_id"), TEXT("contract"), WAITS,
		PERHAPS(MAIL_KINDS_KEEP), PERHAPS(MAIL_KINDS_CONTACT) } },
	{ .name = "email_kept", .words = { WAITING } },
	{ .name = "password_changed", .words = { NOTICE } },
	{ .name = "expires_30", .has_calendar = true, .words = { EXPIRY } },
	{ .name = "expires_10", .words = { EXPIRY } },
	{ .name = "expired", .words = { EXPIRY } },
	{ .name = MAIL_KINDS_ENTRY_OPENS, .part = true, .words = { EXPIRY } },
	{ .name = MAIL_KINDS_ENTRY_EXPIRES, .part = true, .words = { EXPIRY } },
};
const size_t kinds_count = sizeof(kinds) / sizeof(kinds[0]);

const struct mail_kind *
mail_kinds_find(const char *name)
{
	for (size_t i = 0; i < kinds_count; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const struct mail_kinds_word *
mail_kinds_word(const struct mail_kind *kind, const char *name, size_t len)
{
	for (const struct mail_kinds_word *w = kind->words; w->name != NULL;
	     w++)
		if (strlen(w->name) == len && memcmp(w->name, name, len) == 0)
			return w;
	return NULL;
}
