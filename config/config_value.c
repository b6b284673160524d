#include "config/config_value.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_unit.h"
#include "db/conninfo.h"
#include "policy/profile.h"

static void *
at(const struct config_setting *s, void *base)
{
	return (char *)base + s->offset;
}

static bool
is_name(enum config_type type)
{
	return type == CONFIG_PATH || type == CONFIG_FILE ||
	       type == CONFIG_FOLDER || type == CONFIG_SECRET ||
	       type == CONFIG_KEY;
}

bool
config_value_is_text(const struct config_setting *s)
{
	return s->type == CONFIG_TEXT || s->type == CONFIG_DATABASE ||
	       is_name(s->type);
}

const char *
config_value_text(const struct config_setting *s, const void *base)
{
	const char *text = NULL;

	if (config_value_is_text(s))
		memcpy(&text, (const char *)base + s->offset, sizeof(text));
	return text;
}

/* -------------------------------------------------------- text to value */

/* Control characters end lines in mails, SQL and logs. */
static bool
text_ok(const struct config_setting *s, const char *text, struct fault *why)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return fault_set(why, "has a control character in it; "
					      "must be one line of text");
	if (len == 0)
		return fault_set(
		    why, "is empty; give it a value or leave the line out");
	if (len > s->max)
		return fault_set(
		    why, "is %zu bytes long; must be at most %u", len, s->max);
	return true;
}

static bool
set_text(const struct config_setting *s, void *base, const char *text,
    const char *folder, struct fault *why)
{
	char **place = at(s, base);
	char *own = NULL;

	if (!text_ok(s, text, why))
		return false;
	if (s->type == CONFIG_DATABASE && !conninfo_check(text, why))
		return false;
	if (is_name(s->type) && text[0] != '/') {
		if (asprintf(&own, "%s/%s", folder, text) < 0)
			xalloc_failed();
	} else {
		own = xstrdup(text);
	}
	free(*place);
	*place = own;
	return true;
}

static bool
set_buffer(const struct config_setting *s, void *base, const char *text,
    struct fault *why)
{
	if (!text_ok(s, text, why))
		return false;
	memcpy(at(s, base), text, strlen(text) + 1);
	return true;
}

static bool
set_number(const struct config_setting *s, void *base, const char *text,
    struct fault *why)
{
	unsigned value;
	const char *wrong = config_unit_read(s, text, &value);
	char least[32], most[32];

	config_unit_write(s, s->min, least, sizeof(least));
	config_unit_write(s, s->max, most, sizeof(most));
	if (wrong != NULL)
		return fault_set(why, "is `%.40s`; %s, from %s to %s", text,
		    wrong, least, most);
	if (value < s->min || value > s->max)
		return fault_set(
		    why, "is %.40s; must be from %s to %s", text, least, most);
	memcpy(at(s, base), &value, sizeof(value));
	return true;
}

static bool
set_switch(const struct config_setting *s, void *base, const char *text,
    struct fault *why)
{
	bool value = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;

	if (!value && strcmp(text, "false") != 0 && strcmp(text, "no") != 0)
		return fault_set(
		    why, "is `%.40s`; must be true or false", text);
	memcpy(at(s, base), &value, sizeof(value));
	return true;
}

static const struct config_word *
find_word(const struct config_word *words, const char *text, size_t len)
{
	for (; words->text != NULL; words++)
		if (strlen(words->text) == len &&
		    strncmp(words->text, text, len) == 0)
			return words;
	return NULL;
}

static bool
wrong_word(const struct config_setting *s, const char *text, struct fault *why)
{
	char all[128] = "";
	size_t used = 0;

	for (const struct config_word *w = s->words; w->text != NULL; w++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
		    used > 0 ? ", " : "", w->text);
	assert(used < sizeof(all));
	return fault_set(why, "is `%.40s`; must be one of %s", text, all);
}

static bool
set_word(const struct config_setting *s, void *base, const char *text,
    struct fault *why)
{
	const struct config_word *w = find_word(s->words, text, strlen(text));

	if (w == NULL)
		return wrong_word(s, text, why);
	memcpy(at(s, base), &w->value, sizeof(w->value));
	return true;
}

static bool
set_words(const struct config_setting *s, void *base,
    const struct config_raw *raw, struct fault *why)
{
	unsigned all = 0;

	for (unsigned i = 0; i < raw->count; i++) {
		const struct config_word *w =
		    find_word(s->words, raw->items[i], strlen(raw->items[i]));

		if (w == NULL)
			return wrong_word(s, raw->items[i], why);
		if ((all & w->value) != 0)
			return fault_set(why, "names %s twice", w->text);
		all |= w->value;
	}
	memcpy(at(s, base), &all, sizeof(all));
	return true;
}

static bool
set_list(const struct config_setting *s, void *base,
    const struct config_raw *raw, struct fault *why)
{
	char **items = xcalloc(raw->count + 1, sizeof(*items));

	for (unsigned i = 0; i < raw->count; i++)
		if (!text_ok(s, raw->items[i], why)) {
			free(items);
			return false;
		}
	for (unsigned i = 0; i < raw->count; i++)
		items[i] = xstrdup(raw->items[i]);
	config_value_free(s, base);
	memcpy(at(s, base), &items, sizeof(items));
	memcpy((char *)base + s->count_offset, &raw->count, sizeof(raw->count));
	return true;
}

/* `O=Example Bank`: the attribute, and its template as it stands. */
static bool
set_subject(const struct config_setting *s, void *base,
    const struct config_raw *raw, struct fault *why)
{
	struct profile *p = base;

	if (raw->count > PROFILE_SUBJECT_MAX)
		return fault_set(why,
		    "has %u parts; must be at most %d beside the CN",
		    raw->count, PROFILE_SUBJECT_MAX);
	for (unsigned i = 0; i < raw->count; i++) {
		const char *text = raw->items[i];
		size_t len = strcspn(text, "=");
		const struct config_word *w = find_word(s->words, text, len);

		if (w == NULL || text[len] != '=')
			return fault_set(why,
			    "has `%.40s`; each part must start with C= ST= L= "
			    "O= OU= or serialNumber=",
			    text);
		if (!text_ok(s, text + len + 1, why))
			return false;
		p->subject[i].attribute = (enum profile_attribute)w->value;
		memcpy(p->subject[i].value, text + len + 1,
		    strlen(text + len + 1) + 1);
	}
	p->subject_count = raw->count;
	return true;
}

bool
config_value_set(const struct config_setting *s, void *base,
    const struct config_raw *raw, const char *folder, struct fault *why)
{
	switch (s->type) {
	case CONFIG_BUFFER:
		return set_buffer(s, base, raw->text, why);
	case CONFIG_NUMBER:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
		return set_number(s, base, raw->text, why);
	case CONFIG_SWITCH:
		return set_switch(s, base, raw->text, why);
	case CONFIG_WORD:
		return set_word(s, base, raw->text, why);
	case CONFIG_WORDS:
		return set_words(s, base, raw, why);
	case CONFIG_LIST:
		return set_list(s, base, raw, why);
	case CONFIG_SUBJECT:
		return set_subject(s, base, raw, why);
	default:
		return set_text(s, base, raw->text, folder, why);
	}
}

/* A list stands in the table as in the file. Cuts `text` into its words. */
static void
read_default_list(char *text, struct config_raw *raw, char **items)
{
	char *rest;

	raw->items = items;
	for (char *item = strtok_r(text, "[, \"]", &rest); item != NULL;
	     item = strtok_r(NULL, "[, \"]", &rest))
		items[raw->count++] = item;
}

void
config_value_default(
    const struct config_setting *s, void *base, const char *folder)
{
	struct fault why;
	char text[CONFIG_TEXT_SIZE];
	char *items[CONFIG_LIST_MAX];
	struct config_raw raw = { .text = text };

	if (s->fallback[0] == '\0')
		return;
	snprintf(text, sizeof(text), "%s", s->fallback);
	if (s->type == CONFIG_LIST)
		read_default_list(text, &raw, items);
	if (!config_value_set(s, base, &raw, folder, &why))
		abort(); /* the table contradicts itself */
}

void
config_value_free(const struct config_setting *s, void *base)
{
	unsigned count;
	char **items;

	if (config_value_is_text(s))
		free(*(char **)at(s, base));
	if (s->type != CONFIG_LIST)
		return;
	memcpy(&items, at(s, base), sizeof(items));
	memcpy(&count, (char *)base + s->count_offset, sizeof(count));
	for (unsigned i = 0; i < count; i++)
		free(items[i]);
	free(items);
}
