/*
 * config_lines - what stands at each key of the file and in which line, so
 * that every complaint can name it; and the complaints about the file as such:
 * bytes that do not belong there, YAML that is none, keys that are unknown or
 * come twice, lists where one value belongs.
 */
#ifndef CONFIG_CONFIG_LINES_H
#define CONFIG_CONFIG_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config_settings.h"

#define CONFIG_FILE_MAX (256 * 1024) /* bytes */
#define CONFIG_LINE_MAX 2048	     /* bytes */
#define CONFIG_LIST_MAX 256
#define CONFIG_PROFILES_MAX 32

/* One who is told: (line, key or NULL, what is wrong). */
struct config_told {
	void (*fn)(void *arg, const char *line);
	void *arg;
	const char *path; /* of the file */
	unsigned told;	  /* how many times */
};
void config_tell(struct config_told *, unsigned line, const char *key,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A text as it is in the file, or a list of texts. */
struct config_raw {
	char *text;
	char **items;
	unsigned count;
};

struct config_places;

/* Reads the whole file. NULL when it cannot be taken; `told` knows. */
char *config_lines_file(struct config_told *, size_t *len);
/* The same from a descriptor, which it closes. */
char *config_lines_copy(struct config_told *, int fd, size_t *len);

/*
 * Goes through the text, tells everything that is wrong with its form, and
 * keeps lines and values. Never NULL.
 */
struct config_places *config_lines_new(
    struct config_told *, const char *text, size_t len);
void config_lines_free(struct config_places *);

/* The line of "est.threads" or "profiles[0].name"; 0: it is not there. */
unsigned config_lines_of(const struct config_places *, const char *key);
/* What the file says there; NULL: nothing. Lives as long as the places. */
const struct config_raw *config_lines_value(
    const struct config_places *, const char *key);

#endif
