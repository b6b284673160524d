#include "mailer/kinds.h"

#include <string.h>

/* What koshin.notice() puts into every row, and what the courier knows. */
#define NOTICE                                                                 \
	{ KINDS_SERVICE, KINDS_TEXT }, { KINDS_MADE_AT, KINDS_TIME },          \
	    { "user_id", KINDS_TEXT }, { "name", KINDS_TEXT },                 \
	{                                                                      \
		"contract", KINDS_TEXT                                         \
	}

/* koshin.plan_notices(); when renewal begins is in the profile. */
#define EXPIRY                                                                 \
	NOTICE, { "serial", KINDS_TEXT }, { "subject", KINDS_TEXT },           \
	    { "not_after", KINDS_TIME },                                       \
	{                                                                      \
		KINDS_OPENS, KINDS_TIME                                        \
	}

/*
 * A code mail has no name in it, which its owner or a master chose freely: a
 * name could look like a code, or like a link (T3).
 */
const struct kind kinds[] = {
	{ .name = "code",
	    .has_code = true,
	    .words = { { KINDS_SERVICE, KINDS_TEXT },
		{ KINDS_MADE_AT, KINDS_TIME }, { KINDS_CODE, KINDS_TEXT },
		{ "user_id", KINDS_TEXT }, { "contract", KINDS_TEXT },
		{ "address", KINDS_TEXT }, { "dies_at", KINDS_TIME } } },
	{ .name = "registered", .words = { NOTICE } },
	{ .name = "issued",
	    .words = { NOTICE, { "serial", KINDS_TEXT },
		{ "subject", KINDS_TEXT }, { "not_before", KINDS_TIME },
		{ "not_after", KINDS_TIME } } },
	{ .name = "revoked", .words = { NOTICE, { "serial", KINDS_TEXT } } },
	{ .name = "locked", .words = { NOTICE, { "until", KINDS_TIME } } },
	{ .name = "blocked", .words = { NOTICE, { "at", KINDS_TIME } } },
	{ .name = "unlocked", .words = { NOTICE } },
	{ .name = "name_changed", .words = { NOTICE } },
	{ .name = "email_changed", .words = { NOTICE } },
	{ .name = "password_changed", .words = { NOTICE } },
	{ .name = "expires_30", .has_calendar = true, .words = { EXPIRY } },
	{ .name = "expires_10", .words = { EXPIRY } },
	{ .name = "expired", .words = { EXPIRY } },
	{ .name = KINDS_ENTRY_OPENS, .part = true, .words = { EXPIRY } },
	{ .name = KINDS_ENTRY_EXPIRES, .part = true, .words = { EXPIRY } },
};
const size_t kinds_count = sizeof(kinds) / sizeof(kinds[0]);

const struct kind *
kinds_find(const char *name)
{
	for (size_t i = 0; i < kinds_count; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const struct kinds_word *
kinds_word(const struct kind *kind, const char *name, size_t len)
{
	for (const struct kinds_word *w = kind->words; w->name != NULL; w++)
		if (strlen(w->name) == len && memcmp(w->name, name, len) == 0)
			return w;
	return NULL;
}
