/*
 * config_settings - the table of everything koshin.yaml may say: name, type,
 * default, range, help. The schema, the checks of single values, `koshin
 * check-config --show` and the file that `koshin init` writes all come from
 * it.
 */
#ifndef CONFIG_CONFIG_SETTINGS_H
#define CONFIG_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

enum config_type {
	CONFIG_TEXT,	 /* char * */
	CONFIG_BUFFER,	 /* char[max + 1] in the struct itself */
	CONFIG_DATABASE, /* char *, libpq's conninfo for koshin_KEY */
	CONFIG_PATH,	 /* char *, a name that need not be there yet */
	CONFIG_FILE,	 /* char *, a file that can be read */
	CONFIG_FOLDER,	 /* char *, a folder that is there */
	CONFIG_SECRET,	 /* char *, a file only its owner can read */
	CONFIG_KEY,	 /* the same with 64 hexadecimal digits in it */
	CONFIG_NUMBER,	 /* unsigned */
	CONFIG_DURATION, /* unsigned, in units of `scale` seconds */
	CONFIG_SIZE,	 /* unsigned, in units of `scale` bytes */
	CONFIG_SWITCH,	 /* bool */
	CONFIG_WORD,	 /* an enum: one of `words` */
	CONFIG_WORDS,	 /* unsigned: a list of `words`, or-ed */
	CONFIG_LIST,	 /* char **, and their number at `count_offset` */
	CONFIG_SUBJECT,	 /* a profile's subject: a list of ATTRIBUTE=text */
};

struct config_word { /* ends with text NULL */
	const char *text;
	unsigned value;
};

struct config_setting {
	const char *section; /* "" at the top of the file */
	const char *key;
	enum config_type type;
	size_t offset; /* in struct config, or in struct profile */
	size_t count_offset;
	/* In the words of the file; lists separated by spaces. NULL: it has
	 * to be said. "": none. */
	const char *fallback;
	unsigned min, max; /* numbers: in units; texts: bytes */
	unsigned scale;
	const struct config_word *words;
	const char *help; /* one line of at most 70 columns */
};

#define CONFIG_PATH_SIZE 160

/* Where it stands in the file: "est.threads". */
void config_settings_path(
    const struct config_setting *, char out[CONFIG_PATH_SIZE]);
/* Is it the name of a secret file? */
bool config_settings_secret(const struct config_setting *);

/* Settings of one section stand together. */
extern const struct config_setting config_settings[];
extern const size_t config_settings_count;

/* Those of one profile; the defaults are those of its holder. */
extern const struct config_setting config_profile_settings[];
extern const size_t config_profile_settings_count;

/* The parts of a subject: words of enum profile_attribute. */
extern const struct config_word config_attributes[];

#endif
