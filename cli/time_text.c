#include "cli/time_text.h"

#include <stdlib.h>
#include <string.h>

#define FORM "%Y-%m-%dT%H:%M:%S"

/* Z or +09:00, and nothing behind it. */
static bool
read_offset(const char *text, long *seconds)
{
	struct tm t = { 0 };
	const char *end = strptime(text, "%z", &t);

	*seconds = t.tm_gmtoff;
	return end != NULL && *end == '\0' && labs(t.tm_gmtoff) < 15 * 3600L &&
	       (text[0] == 'Z' || strlen(text) == 6);
}

bool
time_text_read(const char *text, time_t *at)
{
	char whole[] = "0000-00-00T00:00:00", again[sizeof(whole)];
	struct tm t = { .tm_isdst = -1 };
	size_t len = strlen(text) < 10 ? 0 : 10 + strcspn(text + 10, "Z+-");
	long offset = 0;

	if (len != 10 && len != 16 && len != 19)
		return false;
	if (text[len] != '\0' &&
	    (len == 10 || !read_offset(text + len, &offset)))
		return false;
	memcpy(whole, text, len);
	whole[10] = whole[10] == ' ' ? 'T' : whole[10];
	if (strptime(whole, FORM, &t) != whole + sizeof(whole) - 1)
		return false;
	*at = text[len] != '\0' ? timegm(&t) - offset : mktime(&t);
	/* They take more than is meant, and move what is no day or time to one
	 * that is. */
	return strftime(again, sizeof(again), FORM, &t) > 0 &&
	       strcmp(again, whole) == 0;
}
