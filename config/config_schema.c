/*
 * Every value is loaded as the text it is in the file. Units, ranges and
 * defaults are the table's business (config/config_value.h): so they are told
 * in one form, and a 0x10 or 1e3 is no number. What libcyaml holds is the
 * shape: which keys, once each, of which kind.
 */
#include "config/config_schema.h"

#include "base/xalloc.h"

#include <assert.h>
#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTIONS_MAX 16

/* Built for one load; the fields of a section stand together. */
struct schema {
	cyaml_schema_field_t top[SECTIONS_MAX];
	cyaml_schema_field_t in[CONFIG_SETTINGS_MAX + SECTIONS_MAX];
	cyaml_schema_field_t in_profile[CONFIG_PROFILE_SETTINGS_MAX + 1];
	cyaml_schema_value_t profile;
	cyaml_schema_value_t root;
};

/* One text, as a field or as the entry of a list. */
static const cyaml_schema_value_t text_value = { CYAML_VALUE_STRING(
    CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED) };

static cyaml_schema_field_t
field(const struct config_setting *s, size_t offset)
{
	bool list = s->type == CONFIG_LIST || s->type == CONFIG_WORDS ||
		    s->type == CONFIG_SUBJECT;
	cyaml_schema_field_t f = { .key = s->key, .value = text_value };

	if (list)
		f.value = (cyaml_schema_value_t){ .type = CYAML_SEQUENCE,
			.flags = CYAML_FLAG_POINTER,
			.data_size = sizeof(char *),
			.sequence = {
			    .entry = &text_value, .min = 0, .max = 256 } };
	f.value.flags |= CYAML_FLAG_OPTIONAL;
	f.data_offset =
	    (uint32_t)(offset + (list ? offsetof(struct config_raw, items)
				      : offsetof(struct config_raw, text)));
	f.count_offset =
	    (uint32_t)(offset + offsetof(struct config_raw, count));
	f.count_size = sizeof(unsigned);
	return f;
}

/*
 * All sections lie over the whole struct: their fields know their own place
 * in it.
 */
static cyaml_schema_field_t
section(const char *name, const cyaml_schema_field_t *fields)
{
	return (cyaml_schema_field_t){ .key = name,
		.value = { .type = CYAML_MAPPING,
		    .flags = CYAML_FLAG_OPTIONAL,
		    .data_size = sizeof(struct config_loaded),
		    .mapping = { .fields = fields } } };
}

static void
build_profiles(struct schema *m, cyaml_schema_field_t *f)
{
	assert(config_profile_settings_count <= CONFIG_PROFILE_SETTINGS_MAX);
	for (size_t i = 0; i < config_profile_settings_count; i++)
		m->in_profile[i] = field(&config_profile_settings[i],
		    offsetof(struct config_loaded_profile, values) +
			i * sizeof(struct config_raw));
	m->profile = (cyaml_schema_value_t){ .type = CYAML_MAPPING,
		.data_size = sizeof(struct config_loaded_profile),
		.mapping = { .fields = m->in_profile } };
	*f = (cyaml_schema_field_t){ .key = "profiles",
		.data_offset = offsetof(struct config_loaded, profiles),
		.count_offset = offsetof(struct config_loaded, profiles_count),
		.count_size = sizeof(unsigned),
		.value = { .type = CYAML_SEQUENCE,
		    .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		    .data_size = sizeof(struct config_loaded_profile),
		    .sequence = { .entry = &m->profile,
			.min = 1,
			.max = CONFIG_PROFILES_MAX } } };
}

static struct schema *
build(void)
{
	struct schema *m = xcalloc(1, sizeof(*m));
	size_t top = 0, in = 0;

	for (size_t i = 0; i < config_settings_count; i++) {
		const struct config_setting *s = &config_settings[i];
		size_t offset = offsetof(struct config_loaded, values) +
				i * sizeof(struct config_raw);

		assert(top < SECTIONS_MAX - 2);
		if (s->section[0] == '\0') {
			m->top[top++] = field(s, offset);
			continue;
		}
		if (i == 0 ||
		    strcmp(config_settings[i - 1].section, s->section) != 0)
			m->top[top++] = section(s->section, &m->in[++in]);
		m->in[in++] = field(s, offset);
	}
	build_profiles(m, &m->top[top]);
	m->root = (cyaml_schema_value_t){ .type = CYAML_MAPPING,
		.flags = CYAML_FLAG_POINTER,
		.data_size = sizeof(struct config_loaded),
		.mapping = { .fields = m->top } };
	return m;
}

/* ------------------------------------------------------------ libcyaml */

struct heard {
	char reason[256];
	unsigned line;
};

/* "Load: reason", then a backtrace: "in ... (line: 3, column: 6)". */
static void
on_log(cyaml_log_t level, void *arg, const char *format, va_list args)
{
	struct heard *heard = arg;
	char text[256];
	const char *line;

	if (level < CYAML_LOG_ERROR)
		return;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	line = strstr(text, "(line: ");
	if (line != NULL && heard->line == 0)
		heard->line = (unsigned)strtoul(line + 7, NULL, 10);
	else if (line == NULL && heard->reason[0] == '\0')
		snprintf(heard->reason, sizeof(heard->reason), "%s", text);
}

static cyaml_config_t
library(struct heard *heard)
{
	return (cyaml_config_t){ .log_fn = on_log,
		.log_ctx = heard,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS };
}

struct config_loaded *
config_schema_load(struct config_told *told, const char *text, size_t len)
{
	struct heard heard = { .line = 0 };
	cyaml_config_t config = library(&heard);
	struct schema *m = build();
	struct config_loaded *loaded = NULL;
	cyaml_err_t rc = cyaml_load_data((const uint8_t *)text, len, &config,
	    &m->root, (cyaml_data_t **)&loaded, NULL);

	free(m);
	if (rc == CYAML_OK && loaded != NULL)
		return loaded;
	config_tell(told, heard.line, NULL, "is not as it must be: %s",
	    heard.reason[0] != '\0' ? heard.reason : cyaml_strerror(rc));
	return NULL;
}

void
config_schema_free(struct config_loaded *loaded)
{
	struct heard heard = { .line = 0 };
	cyaml_config_t config = library(&heard);
	struct schema *m = build();

	cyaml_free(&config, &m->root, loaded, 0);
	free(m);
}
