/*
 * config_check - what one value alone does not tell: values that contradict
 * each other, profiles nobody could issue under, files that are missing or
 * open to others.
 */
#ifndef CONFIG_CONFIG_CHECK_H
#define CONFIG_CONFIG_CHECK_H

#include "config/config.h"
#include "config/config_lines.h"

/* Both tell each fault, with the line of its key. */
void config_check_values(
    struct config_told *, const struct config_places *, const struct config *);
void config_check_files(
    struct config_told *, const struct config_places *, const struct config *);

/*
 * Tells a fault of a key that may not stand in the file: then the line is
 * that of its section, or there is none.
 */
void config_check_tell(struct config_told *, const struct config_places *,
    const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
