/*
 * config_value - one value of koshin.yaml: from its text into the struct,
 * and back into text.
 */
#ifndef CONFIG_CONFIG_VALUE_H
#define CONFIG_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "config/config_lines.h"
#include "config/config_settings.h"

#define CONFIG_WHY_SIZE 256
#define CONFIG_TEXT_SIZE 2048 /* any text that the table allows */

/*
 * Puts the value where it belongs in `base` (struct config or struct
 * profile). Names of files are taken from `folder` on. False, and `why` goes
 * on where the key ends: "is 70000; must be 1 to 65535".
 */
bool config_value_set(const struct config_setting *, void *base,
    const struct config_raw *, const char *folder, struct fault *why);
/* The table's default; for settings that have one. */
void config_value_default(
    const struct config_setting *, void *base, const char *folder);
/* Frees what config_value_set() has put there. */
void config_value_free(const struct config_setting *, void *base);

/* Is it a char * in the struct? */
bool config_value_is_text(const struct config_setting *);
/* What a text, database, file or folder is; NULL: not said, or no text. */
const char *config_value_text(const struct config_setting *, const void *base);

#endif
