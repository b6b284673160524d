#include "config/config_show.h"

#include <stdbool.h>
#include <string.h>

#include "config/config_settings.h"
#include "config/config_unit.h"
#include "config/config_value.h"

/* Text that YAML takes as it stands; everything else is put in quotes. */
static bool
is_plain(const char *text)
{
	return text[0] != '\0' && text[0] != '-' &&
	       text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz"
				 "0123456789_./+-")] == '\0';
}

static void
put_text(FILE *out, const char *text)
{
	if (is_plain(text)) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static unsigned
number_at(const struct config_setting *s, const void *base)
{
	unsigned value;

	memcpy(&value, (const char *)base + s->offset, sizeof(value));
	return value;
}

static void
put_words(FILE *out, const struct config_setting *s, const void *base)
{
	const char *between = "";

	fputc('[', out);
	for (const struct config_word *w = s->words; w->text != NULL; w++)
		if ((number_at(s, base) & w->value) != 0) {
			fprintf(out, "%s%s", between, w->text);
			between = ", ";
		}
	fputc(']', out);
}

static void
put_list(FILE *out, const struct config_setting *s, const void *base)
{
	unsigned count;
	char **items;

	memcpy(&items, (const char *)base + s->offset, sizeof(items));
	memcpy(&count, (const char *)base + s->count_offset, sizeof(count));
	fputc('[', out);
	for (unsigned i = 0; i < count; i++) {
		fputs(i > 0 ? ", " : "", out);
		put_text(out, items[i]);
	}
	fputc(']', out);
}

static void
put_subject(FILE *out, const struct profile *p)
{
	char text[PROFILE_TEMPLATE_MAX + 32];

	fputc('[', out);
	for (size_t i = 0; i < p->subject_count; i++) {
		const struct config_word *w = config_attributes;

		while (w->value != p->subject[i].attribute)
			w++;
		snprintf(
		    text, sizeof(text), "%s=%s", w->text, p->subject[i].value);
		fputs(i > 0 ? ", " : "", out);
		put_text(out, text);
	}
	fputc(']', out);
}

static void
put_value(FILE *out, const struct config_setting *s, const void *base)
{
	const struct config_word *w = s->words;
	const char *at = (const char *)base + s->offset;
	const char *text;
	char number[32];

	switch (s->type) {
	case CONFIG_BUFFER:
		put_text(out, at);
		return;
	case CONFIG_NUMBER:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
		config_unit_write(
		    s, number_at(s, base), number, sizeof(number));
		fputs(number, out);
		return;
	case CONFIG_SWITCH:
		fputs(*(const bool *)(const void *)at ? "true" : "false", out);
		return;
	case CONFIG_WORD:
		while (w->value != number_at(s, base))
			w++;
		fputs(w->text, out);
		return;
	case CONFIG_WORDS:
		put_words(out, s, base);
		return;
	case CONFIG_LIST:
		put_list(out, s, base);
		return;
	case CONFIG_SUBJECT:
		put_subject(out, base);
		return;
	default:
		memcpy(&text, at, sizeof(text));
		put_text(out, text);
	}
}

/* A text that is not there has no line of its own. */
static bool
is_there(const struct config_setting *s, const void *base)
{
	const char *text;

	switch (s->type) {
	case CONFIG_TEXT:
	case CONFIG_DATABASE:
	case CONFIG_PATH:
	case CONFIG_FILE:
	case CONFIG_FOLDER:
	case CONFIG_SECRET:
	case CONFIG_KEY:
		memcpy(&text, (const char *)base + s->offset, sizeof(text));
		return text != NULL;
	default:
		return true;
	}
}

/* Port 6379 of no host would only confuse. */
static bool
is_idle(const struct config_setting *s, const struct config *c)
{
	return strcmp(s->section, "redis") == 0 &&
	       strcmp(s->key, "port") == 0 && c->redis.host == NULL;
}

void
config_show_profile(const struct profile *p, FILE *out)
{
	for (size_t i = 0; i < config_profile_settings_count; i++) {
		const struct config_setting *s = &config_profile_settings[i];

		fprintf(out, "  %s %s: ", i == 0 ? "-" : " ", s->key);
		put_value(out, s, p);
		fputc('\n', out);
	}
}

void
config_show(const struct config *c, FILE *out)
{
	const char *section = "";

	for (size_t i = 0; i < config_settings_count; i++) {
		const struct config_setting *s = &config_settings[i];

		if (strcmp(section, s->section) != 0)
			fprintf(out, "%s:\n", s->section);
		section = s->section;
		if (!is_there(s, c) || is_idle(s, c))
			continue;
		fprintf(out, "%s%s: ", section[0] != '\0' ? "  " : "", s->key);
		put_value(out, s, c);
		fputc('\n', out);
	}
	fputs("profiles:\n", out);
	for (unsigned i = 0; i < c->profiles_count; i++)
		config_show_profile(&c->profiles[i], out);
}
