/*
 * config_schema - libcyaml's schema, made from the table of settings, and
 * what it loads.
 */
#ifndef CONFIG_CONFIG_SCHEMA_H
#define CONFIG_CONFIG_SCHEMA_H

#include "config/config_lines.h"
#include "config/config_value.h"

#define CONFIG_PROFILES_MAX 32
#define CONFIG_PROFILE_SETTINGS_MAX 16

struct config_loaded_profile {
	struct config_raw values[CONFIG_PROFILE_SETTINGS_MAX];
};

/* In the order of the table; what the file does not say is NULL. */
struct config_loaded {
	struct config_raw values[CONFIG_SETTINGS_MAX];
	struct config_loaded_profile *profiles;
	unsigned profiles_count;
};

/* NULL when libcyaml does not take it; `told` knows. */
struct config_loaded *config_schema_load(
    struct config_told *, const char *text, size_t len);
void config_schema_free(struct config_loaded *);

#endif
