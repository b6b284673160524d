#include "config/config_unit.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t size; /* in seconds or bytes */
};

/* The largest first. */
static const struct unit times[] = {
	{ "d", 86400 },
	{ "h", 3600 },
	{ "m", 60 },
	{ "s", 1 },
	{ NULL, 0 },
};
static const struct unit sizes[] = {
	{ "MiB", 1024 * 1024 },
	{ "KiB", 1024 },
	{ "B", 1 },
	{ NULL, 0 },
};
static const struct unit plain[] = {
	{ "", 1 },
	{ NULL, 0 },
};

static const struct unit *
units_of(const struct config_setting *s)
{
	if (s->type == CONFIG_DURATION)
		return times;
	if (s->type == CONFIG_SIZE)
		return sizes;
	return plain;
}

static const char *
what_is_right(const struct config_setting *s)
{
	if (s->type == CONFIG_DURATION && s->scale >= 86400)
		return "must be a number of days, as in 30d";
	if (s->type == CONFIG_DURATION && s->scale >= 3600)
		return "must be a number with a unit, as in 12h or 5d";
	if (s->type == CONFIG_DURATION)
		return "must be a number with a unit, as in 10s, 60m, 24h "
		       "or 30d";
	if (s->type == CONFIG_SIZE)
		return "must be a number with a unit, as in 64KiB or 19MiB";
	return "must be a number";
}

/* Decimal digits only; false if there is none or they are too many. */
static bool
read_digits(const char **text, uint64_t *value)
{
	const char *at = *text;

	*value = 0;
	while (*at >= '0' && *at <= '9' && *value <= UINT_MAX)
		*value = *value * 10 + (uint64_t)(*at++ - '0');
	if (at == *text || *value > UINT_MAX)
		return false;
	*text = at;
	return true;
}

const char *
config_unit_read(
    const struct config_setting *s, const char *text, unsigned *value)
{
	const struct unit *u = units_of(s);
	uint64_t number;

	if (!read_digits(&text, &number))
		return what_is_right(s);
	while (u->name != NULL && strcmp(u->name, text) != 0)
		u++;
	if (u->name == NULL || number * u->size % s->scale != 0 ||
	    number * u->size / s->scale > UINT_MAX)
		return what_is_right(s);
	*value = (unsigned)(number * u->size / s->scale);
	return NULL;
}

void
config_unit_write(
    const struct config_setting *s, unsigned value, char *out, size_t size)
{
	const struct unit *u = units_of(s);
	uint64_t whole = (uint64_t)value * s->scale;

	/* 366 days are days, and 60 minutes minutes: not 1h. */
	while (u->size > s->scale &&
	       (whole % u->size != 0 || value == 0 || whole == u->size))
		u++;
	snprintf(out, size, "%llu%s", (unsigned long long)(whole / u->size),
	    u->name);
}
