#include "cli/time_text.h"

#include <ctype.h>

/* Exactly `count` digits. */
static bool
take(const char **text, unsigned count, int *value)
{
	*value = 0;
	for (unsigned i = 0; i < count; i++, (*text)++) {
		if (!isdigit((unsigned char)**text))
			return false;
		*value = *value * 10 + (**text - '0');
	}
	return true;
}

static bool
take_sign(const char **text, char sign)
{
	if (**text != sign)
		return false;
	(*text)++;
	return true;
}

static bool
take_date(const char **text, struct tm *t)
{
	if (!take(text, 4, &t->tm_year) || !take_sign(text, '-') ||
	    !take(text, 2, &t->tm_mon) || !take_sign(text, '-') ||
	    !take(text, 2, &t->tm_mday))
		return false;
	t->tm_year -= 1900;
	t->tm_mon -= 1;
	return true;
}

/* 09:30 or 09:30:00. */
static bool
take_time(const char **text, struct tm *t)
{
	return take(text, 2, &t->tm_hour) && take_sign(text, ':') &&
	       take(text, 2, &t->tm_min) &&
	       (!take_sign(text, ':') || take(text, 2, &t->tm_sec));
}

/* Z or +09:00; `*is` stays false where none is said. */
static bool
take_offset(const char **text, bool *is, long *seconds)
{
	int hours = 0, minutes = 0;
	bool east = **text == '+';

	*is = **text != '\0';
	if (!*is || take_sign(text, 'Z'))
		return true;
	if (!take_sign(text, east ? '+' : '-') || !take(text, 2, &hours) ||
	    !take_sign(text, ':') || !take(text, 2, &minutes) || hours > 14 ||
	    minutes > 59)
		return false;
	*seconds = (hours * 60L + minutes) * (east ? 60 : -60);
	return true;
}

/* Both functions move what is no day or time to one that is. */
static bool
same(const struct tm *a, const struct tm *b)
{
	return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon &&
	       a->tm_mday == b->tm_mday && a->tm_hour == b->tm_hour &&
	       a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

bool
time_text_read(const char *text, time_t *at)
{
	struct tm said = { .tm_isdst = -1 }, seen;
	bool has_offset = false;
	long offset = 0;

	if (!take_date(&text, &said))
		return false;
	if ((take_sign(&text, 'T') || take_sign(&text, ' ')) &&
	    (!take_time(&text, &said) ||
		!take_offset(&text, &has_offset, &offset)))
		return false;
	if (*text != '\0')
		return false;
	seen = said;
	*at = has_offset ? timegm(&seen) - offset : mktime(&seen);
	return same(&said, &seen);
}
