/*
 * config_example() of config/config_show.h: the file that `koshin init` writes.
 */
#include "config/config_show.h"

#include <stdbool.h>
#include <string.h>

#include "config/config_lines.h"
#include "config/config_settings.h"
#include "config/config_unit.h"

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

	snprintf(key, sizeof(key), "%s%s%s", s->section,
	    s->section[0] != '\0' ? "." : "", s->key);
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

static bool
has_range(const struct config_setting *s)
{
	return s->type == CONFIG_NUMBER || s->type == CONFIG_DURATION ||
	       s->type == CONFIG_SIZE;
}

static void
put_help(FILE *out, const struct config_setting *s, const char *indent)
{
	char least[32], most[32];

	fprintf(out, "%s# %s", indent, s->help);
	if (has_range(s)) {
		config_unit_write(s, s->min, least, sizeof(least));
		config_unit_write(s, s->max, most, sizeof(most));
		fprintf(out, " (%s to %s)", least, most);
	}
	fputc('\n', out);
}

/* A default that has no words is shown as nothing. */
static const char *
shown_default(const struct config_setting *s)
{
	if (s->type == CONFIG_LIST)
		return "[]";
	return s->fallback != NULL ? s->fallback : "";
}

static void
put_quoted(FILE *out, const struct config_setting *s, const char *text)
{
	bool bare = s->type == CONFIG_LIST || has_range(s) ||
		    s->type == CONFIG_SWITCH || s->type == CONFIG_WORD ||
		    text[0] == '\0';

	if (bare) {
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
			put_quoted(out, s, text);
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
		put_quoted(out, s, value != NULL ? value : shown_default(s));
		fputc('\n', out);
	}
	put_profiles(out);
}
