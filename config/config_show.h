/*
 * config_show - koshin.yaml the other way round: what is in force, and a
 * first file with every key explained.
 */
#ifndef CONFIG_CONFIG_SHOW_H
#define CONFIG_CONFIG_SHOW_H

#include <stddef.h>
#include <stdio.h>

#include "config/config.h"

/* All effective values, as a file that can be loaded again. */
void config_show(const struct config *, FILE *out);
/* One profile, as in that file. */
void config_show_profile(const struct profile *, FILE *out);

struct config_said {
	const char *key;   /* "service.name" */
	const char *value; /* NULL: not said */
};

/*
 * Every key with its meaning, unit and default; those in `said` (ended by
 * key NULL) with their value, the others as comments.
 */
void config_example(const struct config_said *said, FILE *out);

#endif
