#include "config/config_show.h"

#include <stdbool.h>
#include <string.h>

#include "config/config_lines.h"
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
		put_text(out, config_value_text(s, base));
	}
}

/* A text that is not there has no line of its own. */
static bool
is_there(const struct config_setting *s, const void *base)
{
	return !config_value_is_text(s) || config_value_text(s, base) != NULL;
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

/* ------------------------------------------------------------ a first file */

static const char head[] =
    "# The configuration of Koshin; koshin.yaml(5) says more.\n"
    "#\n"
    "# A key behind a # has the default that is shown. Durations have a unit\n"
    "# (s, m, h, d), sizes too (B, KiB, MiB). Names of files start at the\n"
    "# folder of this file. Secrets are in files of mode 0600, never in here.\n"
    "# Try a change with `koshin check-config` before a restart.\n\n";

static const char *
value_of(const struct config_said *said, const struct config_setting *s)
{
	char key[CONFIG_PATH_SIZE];

	config_settings_path(s, key);
	for (; said->key != NULL; said++)
		if (strcmp(said->key, key) == 0)
			return said->value;
	return NULL;
}

static bool
is_said(const struct config_said *said, const char *section)
{
	size_t len = strlen(section);

	for (; said->key != NULL; said++)
		if (said->value != NULL &&
		    strncmp(said->key, section, len) == 0 &&
		    said->key[len] == '.')
			return true;
	return false;
}

static void
put_help(FILE *out, const struct config_setting *s, const char *indent)
{
	char least[32], most[32];

	fprintf(out, "%s# %s", indent, s->help);
	if (s->type == CONFIG_NUMBER || s->type == CONFIG_DURATION ||
	    s->type == CONFIG_SIZE) {
		config_unit_write(s, s->min, least, sizeof(least));
		config_unit_write(s, s->max, most, sizeof(most));
		fprintf(out, " (%s to %s)", least, most);
	}
	fputc('\n', out);
}

/* A list is said as in the file; a default that has no words is nothing. */
static void
put_said(FILE *out, const struct config_setting *s, const char *text)
{
	if (text == NULL)
		text = s->fallback != NULL ? s->fallback : "";
	if (text[0] == '\0' && s->type == CONFIG_LIST)
		text = "[]";
	if (s->type == CONFIG_LIST || text[0] == '\0')
		fputs(text, out);
	else
		put_text(out, text);
}

static void
put_profiles(FILE *out)
{
	fputs("\n# What certificates are issued under: the first without a "
	      "label in the path,\n"
	      "# the others under their name. Without this list there are "
	      "`person` and\n"
	      "# `device`; the values here are those of `person`.\n"
	      "#profiles:\n",
	    out);
	for (size_t i = 0; i < config_profile_settings_count; i++) {
		const struct config_setting *s = &config_profile_settings[i];
		bool list =
		    s->type == CONFIG_WORDS || s->type == CONFIG_SUBJECT;
		const char *text = i == 0 ? "person" : s->fallback;

		fprintf(out, "#    # %s\n#  %s %s: %s", s->help,
		    i == 0 ? "-" : " ", s->key, list ? "[" : "");
		if (s->type == CONFIG_BUFFER)
			put_text(out, text);
		for (; s->type != CONFIG_BUFFER && *text != '\0'; text++)
			if (list && *text == ' ')
				fputs(", ", out);
			else
				fputc(*text, out);
		fputs(list ? "]\n" : "\n", out);
	}
}

void
config_example(const struct config_said *said, FILE *out)
{
	const char *section = "";

	fputs(head, out);
	for (size_t i = 0; i < config_settings_count; i++) {
		const struct config_setting *s = &config_settings[i];
		const char *indent = s->section[0] != '\0' ? "  " : "";
		const char *value = value_of(said, s);

		if (strcmp(section, s->section) != 0)
			fprintf(out, "\n%s%s:\n",
			    is_said(said, s->section) ? "" : "#", s->section);
		section = s->section;
		put_help(out, s, indent);
		fprintf(
		    out, "%s%s%s: ", value == NULL ? "#" : "", indent, s->key);
		put_said(out, s, value);
		fputc('\n', out);
	}
	put_profiles(out);
}
