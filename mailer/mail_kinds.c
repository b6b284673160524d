#include "mailer/mail_kinds.h"

#include <string.h>

/* What koshin.notice() puts into every row, and what the courier knows. */
#define NOTICE                                                                 \
	{ MAIL_KINDS_SERVICE, MAIL_KINDS_TEXT },                               \
	    { MAIL_KINDS_MADE_AT, MAIL_KINDS_TIME },                           \
	    { "user_id", MAIL_KINDS_TEXT }, { "name", MAIL_KINDS_TEXT },       \
	{                                                                      \
		"contract", MAIL_KINDS_TEXT                                    \
	}

/* koshin.plan_notices(); when renewal begins is in the profile. */
#define EXPIRY                                                                 \
	NOTICE, { "serial", MAIL_KINDS_TEXT }, { "subject", MAIL_KINDS_TEXT }, \
	    { "not_after", MAIL_KINDS_TIME },                                  \
	{                                                                      \
		MAIL_KINDS_OPENS, MAIL_KINDS_TIME                              \
	}

/*
 * A code mail has no name in it, which its owner or a master chose freely: a
 * name could look like a code, or like a link (T3).
 */
const struct mail_kind kinds[] = {
	{ .name = "code",
	    .has_code = true,
	    .words = { { MAIL_KINDS_SERVICE, MAIL_KINDS_TEXT },
		{ MAIL_KINDS_MADE_AT, MAIL_KINDS_TIME },
		{ MAIL_KINDS_CODE, MAIL_KINDS_TEXT },
		{ "user_id", MAIL_KINDS_TEXT }, { "contract", MAIL_KINDS_TEXT },
		{ "address", MAIL_KINDS_TEXT },
		{ "dies_at", MAIL_KINDS_TIME } } },
	{ .name = "registered", .words = { NOTICE } },
	{ .name = "issued",
	    .words = { NOTICE, { "serial", MAIL_KINDS_TEXT },
		{ "subject", MAIL_KINDS_TEXT },
		{ "not_before", MAIL_KINDS_TIME },
		{ "not_after", MAIL_KINDS_TIME } } },
	{ .name = "revoked",
	    .words = { NOTICE, { "serial", MAIL_KINDS_TEXT } } },
	{ .name = "locked", .words = { NOTICE, { "until", MAIL_KINDS_TIME } } },
	{ .name = "blocked", .words = { NOTICE, { "at", MAIL_KINDS_TIME } } },
	{ .name = "unlocked", .words = { NOTICE } },
	{ .name = "suspended",
	    .words = { NOTICE, { "reason", MAIL_KINDS_TEXT } } },
	{ .name = "resumed", .words = { NOTICE } },
	{ .name = "name_changed", .words = { NOTICE } },
	{ .name = "email_changed", .words = { NOTICE } },
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
