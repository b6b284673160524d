/*
 * config_similar - what somebody who mistyped a key may have meant.
 */
#ifndef CONFIG_CONFIG_SIMILAR_H
#define CONFIG_CONFIG_SIMILAR_H

#include "config/config_settings.h"

/*
 * The nearest key of that section (NULL: of the whole table; "": sections
 * too), or NULL when none is near.
 */
const char *config_similar(const struct config_setting *table, size_t count,
    const char *section, const char *key);

#endif
