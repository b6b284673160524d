/*
 * command - one command of the command line: a row of one table
 * (cli/commands/commands.c), from which are read how it is found, its usage
 * and help, its options and what they may be, what is opened for it, who may,
 * and what then acts. And the words a command was called with.
 *
 * Exit codes: 0 done (or done before), 1 not done, 2 usage error. What
 * somebody asked for goes to standard output, everything else to standard
 * error.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/authority.h"

#define COMMAND_VALUES_MAX 64 /* options given at once */

enum command_exit {
	COMMAND_DONE = 0,
	COMMAND_FAILED = 1,
	COMMAND_MISUSED = 2,
};

struct session;
struct listing;
struct command_line;

/* The i-th of the words that a value may be; NULL behind the last one. */
typedef const char *command_words_fn(size_t i);
/* NULL: good; else what it must be. */
typedef const char *command_judge_fn(const char *text, size_t len);
/* Whether what was given goes together. False: it has been said. */
typedef bool command_fits_fn(const struct command_line *);
/* True: done. False: not done, and it has been said. */
typedef bool command_act_fn(struct session *);

struct command_option {	   /* the last one has no name */
	const char *name;  /* "--user-id" */
	const char *value; /* "USER_ID"; NULL: takes none */
	const char *help;  /* one line */
	bool required, repeatable;
	bool later;		 /* judged by what acts, with all the rest */
	command_words_fn *words; /* NULL: any */
	command_judge_fn *judge;
	const char *where; /* of a listing: the condition; `$` is the value */
};

#define COMMAND_OPTION(name_, value_, ...)                                     \
	{                                                                      \
		.name = name_, .value = value_, .help = __VA_ARGS__            \
	}
#define COMMAND_OPTIONS(...)                                                   \
	(const struct command_option[])                                        \
	{                                                                      \
		__VA_ARGS__,                                                   \
		{                                                              \
			.name = NULL                                           \
		}                                                              \
	}

/* What is there before a command acts, and which options go with that. */
enum command_needs {
	COMMAND_CONFIG = 1 << 0,		     /* koshin.yaml */
	COMMAND_DATABASE = 1 << 2 | COMMAND_CONFIG,  /* as the operator */
	COMMAND_OUTSIDE = 1 << 3 | COMMAND_DATABASE, /* without a session yet */
	COMMAND_REDIS = 1 << 4 | COMMAND_CONFIG,
	COMMAND_AS = 1 << 5, /* may act as a user, who proves a password */
	COMMAND_ACTOR = 1 << 6,
	COMMAND_PASSWORD = 1 << 7, /* a new one */
	COMMAND_JSON = 1 << 8,
	COMMAND_LIMIT = 1 << 9,
	COMMAND_AFTER = 1 << 10, /* may go on where a list ended */
};

/* What policy/authority is asked about, before a command acts. */
enum command_target {
	COMMAND_NO_TARGET,   /* it is not asked, or asked by the command */
	COMMAND_ACCOUNT,     /* the word: session->target */
	COMMAND_CONTRACT,    /* the word */
	COMMAND_HOME,	     /* the contract of whoever acts as a user */
	COMMAND_CERTIFICATE, /* the word: session->serial */
};

struct command {
	const char *group; /* "user"; "" for commands without one */
	const char *name;
	const char *word; /* "SERIAL", "[NAME]" when it may be left out, or
			     NULL */
	const char *help; /* one line */
	unsigned needs;	  /* enum command_needs */
	enum command_target target;
	enum authority_act may; /* do that to the target */
	command_fits_fn *fits;	/* NULL: options go together any way */
	command_act_fn *act;
	const struct listing *listing;	      /* of listing_list and _show */
	const struct command_option *options; /* of its own; NULL: none */
};

struct command_line {
	const struct command *command;
	const char *word; /* NULL: left out */
	struct {
		const struct command_option *option;
		const char *value; /* NULL: it takes none */
	} given[COMMAND_VALUES_MAX];
	size_t given_count;
};

/* All of them, by group; ends with one that has no name. */
extern const struct command commands[];

/* Its options, also those that come with what it needs; NULL: no more. */
const struct command_option *command_option(const struct command *, size_t i);

/*
 * Reads what stands behind the command's name. False, and what is wrong has
 * been said with one line of usage.
 */
bool command_read(
    struct command_line *, const struct command *, int argc, char **argv);
/* Values by their options' words and judges. False: it has been said. */
bool command_judge(const struct command_line *);
/* Asks for --help, by the words behind the name. */
bool command_asks_help(int argc, char **argv);
void command_print_help(const struct command *);

/* The value of an option; NULL when it was not given. */
const char *command_value(const struct command_line *, const char *name);
bool command_given(const struct command_line *, const char *name);
/* All values of a repeatable one; returns how many. */
size_t command_values(const struct command_line *, const char *name,
    const char **values, size_t room);

/*
 * `koshin: ...` on standard error; control characters are escaped. Returns
 * false, for whoever refuses with it.
 */
bool command_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line that is whole already, as config_read() gives it; `arg` is not read.
 */
void command_say_line(void *arg, const char *line);
/* The same about one option or word. */
bool command_refuse(const char *what, const char *why);
/*
 * It is called wrongly: says so, `about` cut to a length that can be read
 * and one line of usage. Returns false.
 */
bool command_misused(
    const struct command *, const char *what, const char *about);

#endif
