/*
 * config_unit - numbers with their units: `60m`, `64KiB`, `4`. A duration or
 * a size without a unit is refused: nobody knows whether 60 means
 * seconds or minutes.
 */
#ifndef CONFIG_CONFIG_UNIT_H
#define CONFIG_CONFIG_UNIT_H

#include <stddef.h>

#include "config/config_settings.h"

/* NULL, or what would be right: "must be a number". */
const char *config_unit_read(
    const struct config_setting *, const char *text, unsigned *value);
/* In the largest unit that says it exactly. */
void config_unit_write(
    const struct config_setting *, unsigned value, char *out, size_t size);

#endif
