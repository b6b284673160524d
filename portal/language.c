#include "portal/language.h"

#include <string.h>
#include <strings.h>

/* `ja`, `ja-JP`, but not `jam` (RFC 4647 3.3.1). */
static bool
names(const char *range, const char *language)
{
	return strncasecmp(range, language, 2) == 0 &&
	       strchr("-,; \t", range[2]) != NULL;
}

/* Browsers send what is preferred first, so weights are not looked at. */
const char *
language_among(const char *languages, const struct language_text *text)
{
	for (const char *at = languages; at != NULL; at = strchr(at, ',')) {
		at += strspn(at, ", \t");
		if (names(at, "ja"))
			return text->ja;
		if (names(at, "en"))
			return text->en;
	}
	return text->ja;
}

const char *
language_of(const struct flow *f, const struct language_text *text)
{
	return language_among(flow_header(f, "Accept-Language"), text);
}
