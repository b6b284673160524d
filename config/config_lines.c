/*
 * The form is judged by the table of settings, on libyaml's events; what
 * stands there is kept as the text it is. Units, ranges and defaults are the
 * business of config/config_value.h: so they are told in one form, and a 0x10
 * or 1e3 is no number.
 */
#include "config/config_lines.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "config/config_settings.h"
#include "config/config_similar.h"

struct place {
	char key[CONFIG_PATH_SIZE];
	unsigned line;
	struct config_raw raw;
};

struct config_places {
	struct place *places;
	size_t count, room;
};

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the one at hand */
	struct config_told *told;
	struct config_places *lines;
	bool broken; /* no more events to be had */
};

static void
add(struct config_places *l, const char *key, unsigned line)
{
	if (l->count == l->room) {
		l->room = l->room * 2 + 64;
		l->places = xrealloc(l->places, l->room * sizeof(*l->places));
	}
	l->places[l->count] = (struct place){ .line = line };
	snprintf(l->places[l->count++].key, CONFIG_PATH_SIZE, "%s", key);
}

static struct place *
find_place(const struct config_places *l, const char *key)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->places[i].key, key) == 0)
			return &l->places[i];
	return NULL;
}

unsigned
config_lines_of(const struct config_places *l, const char *key)
{
	const struct place *p = find_place(l, key);

	return p != NULL ? p->line : 0;
}

const struct config_raw *
config_lines_value(const struct config_places *l, const char *key)
{
	const struct place *p = find_place(l, key);

	return p != NULL ? &p->raw : NULL;
}

/* ---------------------------------------------------------------- events */

static unsigned
line_of(const struct reader *r)
{
	return (unsigned)r->event.start_mark.line + 1;
}

/* The next event; at an error, or with what is not taken, it is the end. */
static void
next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (r->broken)
		return;
	if (!yaml_parser_parse(&r->parser, &r->event)) {
		const char *why = r->parser.problem;

		config_tell(r->told, (unsigned)r->parser.problem_mark.line + 1,
		    NULL, "is not YAML: %s",
		    why != NULL ? why : "out of memory");
		r->broken = true;
	} else if (r->event.type == YAML_ALIAS_EVENT) {
		config_tell(r->told, line_of(r), NULL,
		    "has an alias (*); write the value out");
		r->broken = true;
	}
	if (r->broken)
		yaml_event_delete(&r->event);
}

static bool
is(const struct reader *r, yaml_event_type_t type)
{
	return !r->broken && r->event.type == type;
}

/* Goes past the node at hand, whatever is in it. */
static void
skip(struct reader *r)
{
	unsigned depth = 0;

	do {
		if (is(r, YAML_MAPPING_START_EVENT) ||
		    is(r, YAML_SEQUENCE_START_EVENT))
			depth++;
		else if (is(r, YAML_MAPPING_END_EVENT) ||
			 is(r, YAML_SEQUENCE_END_EVENT))
			depth--;
		next(r);
	} while (depth > 0 && !r->broken);
}

/* ----------------------------------------------------------------- nodes */

typedef void child_fn(struct reader *, const char *path, const char *key);

/*
 * A mapping: hands each key to `child`, which goes past its value. A key that
 * comes again is told and skipped.
 */
static void
read_mapping(struct reader *r, const char *path, child_fn *child)
{
	char full[CONFIG_PATH_SIZE];
	char key[CONFIG_PATH_SIZE / 2];
	unsigned first;

	if (!is(r, YAML_MAPPING_START_EVENT)) {
		config_tell(r->told, line_of(r), path[0] != '\0' ? path : NULL,
		    "must have keys below it, each as `key: value`");
		skip(r);
		return;
	}
	for (next(r); is(r, YAML_SCALAR_EVENT);) {
		snprintf(key, sizeof(key), "%s",
		    (const char *)r->event.data.scalar.value);
		snprintf(full, sizeof(full), "%s%s%s", path,
		    path[0] != '\0' ? "." : "", key);
		first = config_lines_of(r->lines, full);
		if (first != 0)
			config_tell(r->told, line_of(r), full,
			    "stands here twice; the first is in line %u",
			    first);
		else
			add(r->lines, full, line_of(r));
		next(r);
		if (first != 0)
			skip(r);
		else if (!r->broken)
			child(r, full, key);
	}
	if (!r->broken && !is(r, YAML_MAPPING_END_EVENT)) {
		config_tell(r->told, line_of(r), NULL,
		    "has a key that is not a word; must be `key: value`");
		r->broken = true;
	}
	next(r);
}

static void
unknown(struct reader *r, const char *path, const char *section,
    const char *key, const struct config_setting *table, size_t count)
{
	const char *like = config_similar(table, count, section, key);

	if (strcmp(path, "service.user") == 0)
		config_tell(r->told, config_lines_of(r->lines, path), path,
		    "is service.users now: with `users: koshin` the front is "
		    "the user koshin-front, and so on for each process");
	else if (like != NULL)
		config_tell(r->told, config_lines_of(r->lines, path), path,
		    "is not a known key; did you mean %s?", like);
	else
		config_tell(r->told, config_lines_of(r->lines, path), path,
		    "is not a known key; koshin.yaml(5) lists all of them");
	skip(r);
}

static bool
is_list(const struct config_setting *s)
{
	return s->type == CONFIG_LIST || s->type == CONFIG_WORDS ||
	       s->type == CONFIG_SUBJECT;
}

/* The text at hand, in a memory of its own; NULL and a complaint if none. */
static char *
text_at(struct reader *r, const char *path, const char *wrong)
{
	if (is(r, YAML_SCALAR_EVENT))
		return xstrdup((const char *)r->event.data.scalar.value);
	config_tell(r->told, line_of(r), path, "%s", wrong);
	return NULL;
}

static void
read_list(struct reader *r, const char *path, struct config_raw *raw)
{
	char *text;

	raw->items = xcalloc(CONFIG_LIST_MAX, sizeof(*raw->items));
	for (next(r); !r->broken && !is(r, YAML_SEQUENCE_END_EVENT); skip(r)) {
		text = text_at(r, path, "must be a list of plain values");
		if (text != NULL && raw->count < CONFIG_LIST_MAX) {
			raw->items[raw->count++] = text;
			continue;
		}
		if (text != NULL)
			config_tell(r->told, line_of(r), path,
			    "has too many values; must be at most %d",
			    CONFIG_LIST_MAX);
		free(text);
	}
	next(r);
}

static void
read_value(struct reader *r, const char *path, const struct config_setting *s)
{
	struct config_raw *raw = &find_place(r->lines, path)->raw;

	if (is_list(s) && is(r, YAML_SEQUENCE_START_EVENT)) {
		read_list(r, path, raw);
		return;
	}
	if (is_list(s))
		config_tell(r->told, line_of(r), path,
		    "must be a list, as in [one, two]");
	else
		raw->text = text_at(
		    r, path, "must be one value, not a list or a mapping");
	skip(r);
}

static const struct config_setting *
find(const struct config_setting *table, size_t count, const char *section,
    const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i].key, key) == 0 &&
		    (section == NULL || strcmp(table[i].section, section) == 0))
			return &table[i];
	return NULL;
}

static void
in_profile(struct reader *r, const char *path, const char *key)
{
	const struct config_setting *s = find(
	    config_profile_settings, config_profile_settings_count, NULL, key);

	if (s != NULL)
		read_value(r, path, s);
	else
		unknown(r, path, NULL, key, config_profile_settings,
		    config_profile_settings_count);
}

static void
in_section(struct reader *r, const char *path, const char *key)
{
	char section[CONFIG_PATH_SIZE];
	const struct config_setting *s;

	snprintf(
	    section, sizeof(section), "%.*s", (int)strcspn(path, "."), path);
	s = find(config_settings, config_settings_count, section, key);
	if (s != NULL)
		read_value(r, path, s);
	else
		unknown(r, path, section, key, config_settings,
		    config_settings_count);
}

static void
want_name(struct reader *r, const char *path)
{
	char name[CONFIG_PATH_SIZE + 8];

	snprintf(name, sizeof(name), "%s.name", path);
	if (config_lines_of(r->lines, name) == 0)
		config_tell(r->told, config_lines_of(r->lines, path), path,
		    "has no name; give it one, as in `- name: person`");
}

static void
read_profiles(struct reader *r)
{
	char path[CONFIG_PATH_SIZE];
	unsigned n = 0;

	if (!is(r, YAML_SEQUENCE_START_EVENT)) {
		config_tell(r->told, line_of(r), "profiles",
		    "must be a list, each as `- name: ...`");
		skip(r);
		return;
	}
	next(r);
	while (!r->broken && !is(r, YAML_SEQUENCE_END_EVENT)) {
		snprintf(path, sizeof(path), "profiles[%u]", n++);
		add(r->lines, path, line_of(r));
		read_mapping(r, path, in_profile);
		if (!r->broken)
			want_name(r, path);
	}
	if (n > CONFIG_PROFILES_MAX)
		config_tell(r->told, config_lines_of(r->lines, "profiles"),
		    "profiles", "has %u; must be at most %d", n,
		    CONFIG_PROFILES_MAX);
	if (n == 0 && !r->broken)
		config_tell(r->told, line_of(r), "profiles",
		    "has none; give one, or leave the line out for `person` "
		    "and `device`");
	next(r);
}

static void
at_top(struct reader *r, const char *path, const char *key)
{
	const struct config_setting *s =
	    find(config_settings, config_settings_count, "", key);

	if (s != NULL) {
		read_value(r, path, s);
		return;
	}
	if (strcmp(key, "profiles") == 0) {
		read_profiles(r);
		return;
	}
	for (size_t i = 0; i < config_settings_count && key[0] != '\0'; i++)
		if (strcmp(config_settings[i].section, key) == 0) {
			read_mapping(r, path, in_section);
			return;
		}
	unknown(r, path, "", key, config_settings, config_settings_count);
}

static void
read_stream(struct reader *r)
{
	next(r); /* stream start */
	next(r);
	if (is(r, YAML_STREAM_END_EVENT)) {
		config_tell(r->told, 0, NULL,
		    "is empty; `koshin init` makes one with comments");
		return;
	}
	next(r); /* document start */
	read_mapping(r, "", at_top);
	next(r); /* document end */
	if (!r->broken && !is(r, YAML_STREAM_END_EVENT))
		config_tell(r->told, line_of(r), NULL,
		    "starts a second document; there must be one");
}

struct config_places *
config_lines_new(struct config_told *told, const char *text, size_t len)
{
	struct config_places *lines = xcalloc(1, sizeof(*lines));
	struct reader r = { .told = told, .lines = lines };

	if (!yaml_parser_initialize(&r.parser))
		xalloc_failed();
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &r.parser, (const unsigned char *)text, len);
	read_stream(&r);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return lines;
}

void
config_lines_free(struct config_places *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->count; i++) {
		struct config_raw *raw = &l->places[i].raw;

		free(raw->text);
		while (raw->count > 0)
			free(raw->items[--raw->count]);
		free(raw->items);
	}
	free(l->places);
	free(l);
}
