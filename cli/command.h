/*
 * command - one command of the command line, and the words it was called
 * with.
 *
 * Exit codes: 0 done (or done before), 1 not done, 2 called wrongly. What
 * somebody asked for goes to standard output, everything else to standard
 * error.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#define COMMAND_OPTIONS_MAX 24
#define COMMAND_VALUES_MAX 64 /* options given at once */
#define COMMAND_WORDS_MAX 1   /* words that are no options */

enum command_exit {
	COMMAND_DONE = 0,
	COMMAND_FAILED = 1,
	COMMAND_MISUSED = 2,
};

struct command_option {	   /* ends with name NULL */
	const char *name;  /* "--user-id" */
	const char *value; /* "ID"; NULL: takes none */
	const char *help;  /* one line */
	bool required, repeatable;
};

struct command_line;

struct command {
	const char *group; /* "user"; "" for commands without one */
	const char *name;
	const char *word; /* "SERIAL", "[NAME]" when it may be left out, or
			     NULL */
	const char *help; /* one line */
	const struct command_option *options;
	enum command_exit (*run)(const struct command_line *);
};

struct command_line {
	const struct command *command;
	const char *word; /* NULL: left out */
	struct {
		const char *name; /* of the option, as in its table */
		const char *value;
	} given[COMMAND_VALUES_MAX];
	size_t given_count;
};

/* All of them, by group; ends with NULL. */
extern const struct command *const commands[];

/*
 * Reads what stands behind the command's name. False, and what is wrong has
 * been said with one line of usage.
 */
bool command_read(
    struct command_line *, const struct command *, int argc, char **argv);
/* Asks for --help, by the words behind the name. */
bool command_asks_help(int argc, char **argv);
void command_print_help(const struct command *);
/* One line: `usage: koshin user show [OPTIONS] ID`, on standard error. */
void command_print_usage(const struct command *);

/* The value of an option; NULL when it was not given. */
const char *command_value(const struct command_line *, const char *name);
bool command_given(const struct command_line *, const char *name);
/* All values of a repeatable one; returns how many. */
size_t command_values(const struct command_line *, const char *name,
    const char **values, size_t room);

/* `koshin: ...` on standard error; control characters are escaped. */
void command_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same about one option or word. Returns COMMAND_FAILED. */
enum command_exit command_refuse(const char *what, const char *why);

/* Every command has these two. */
#define COMMAND_CONFIG                                                         \
	{                                                                      \
		"--config", "FILE",                                            \
		    "configuration (default: $KOSHIN_CONFIG "                  \
		    "or " KOSHIN_SYSCONFDIR "/koshin.yaml)",                   \
		    false, false                                               \
	}
#define COMMAND_JSON                                                           \
	{                                                                      \
		"--json", NULL, "as JSON", false, false                        \
	}
#define COMMAND_ACTOR                                                          \
	{                                                                      \
		"--actor", "NAME",                                             \
		    "who does it, for the audit trail (default: the "          \
		    "user of this system)",                                    \
		    false, false                                               \
	}
/* Behind COMMAND_ACTOR or alone: act as a user, behind both fences (I-14). */
#define COMMAND_AS                                                             \
	{ "--as", "USER_ID", "act as this user, with that user's rights",      \
		false, false },                                                \
	{                                                                      \
		"--as-password-file", "FILE",                                  \
		    "that user's password; - for standard input", false, false \
	}
#define COMMAND_END                                                            \
	{                                                                      \
		NULL, NULL, NULL, false, false                                 \
	}

#endif
