#include "cli/command.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/escape.h"
#include "cli/field.h"
#include "cli/nearest.h"

#define SAID_SIZE 2048

bool
command_say(const char *format, ...)
{
	char text[SAID_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs("koshin: ", stderr);
	escape_put(stderr, text);
	fputc('\n', stderr);
	return false;
}

void
command_say_line(void *arg, const char *line)
{
	(void)arg;
	escape_put(stderr, line);
	fputc('\n', stderr);
}

bool
command_refuse(const char *what, const char *why)
{
	return command_say("%s: %s", what, why);
}

/* --------------------------------------------------------------- options */

/* Those that come with what a command needs, in this order. */
static const struct {
	enum command_needs with;
	struct command_option option;
} shared[] = {
	{ COMMAND_LIMIT,
	    COMMAND_OPTION("--limit", "N",
		"maximum number of rows (default: all; 1000 on a terminal)",
		.judge = field_limit) },
	{ COMMAND_AFTER, COMMAND_OPTION("--after", "ROW",
			     "continue after the row that begins with ROW") },
	{ COMMAND_JSON, COMMAND_OPTION("--json", NULL, "print JSON") },
	{ COMMAND_PASSWORD,
	    COMMAND_OPTION("--password-file", "FILE",
		"read the password from FILE (mode 0600); - for standard "
		"input") },
	{ COMMAND_PASSWORD,
	    COMMAND_OPTION("--generate-password", NULL,
		"generate a random password and print it once") },
	{ COMMAND_ACTOR, COMMAND_OPTION("--actor", "NAME",
			     "name to note in the audit trail, beside "
			     "PostgreSQL's (default: the system user)") },
	{ COMMAND_AS, COMMAND_OPTION("--as", "USER_ID",
			  "act as this user, with that user's rights") },
	{ COMMAND_AS, COMMAND_OPTION("--as-password-file", "FILE",
			  "read that user's password from FILE; - for standard "
			  "input") },
	{ COMMAND_CONFIG, COMMAND_OPTION("--config", "FILE",
			      "configuration file (default: $KOSHIN_CONFIG "
			      "or " KOSHIN_SYSCONFDIR "/koshin.yaml)") },
};

const struct command_option *
command_option(const struct command *c, size_t i)
{
	const struct command_option *o = c->options;

	for (; o != NULL && o->name != NULL; o++)
		if (i-- == 0)
			return o;
	for (size_t s = 0; s < sizeof(shared) / sizeof(*shared); s++)
		if ((c->needs & shared[s].with) == shared[s].with && i-- == 0)
			return &shared[s].option;
	return NULL;
}

static const struct command_option *
find_option(const struct command *c, const char *text, size_t len)
{
	const struct command_option *o;

	for (size_t i = 0; (o = command_option(c, i)) != NULL; i++)
		if (strlen(o->name) == len && strncmp(o->name, text, len) == 0)
			break;
	return o;
}

/* `must be a, b or c`; NULL if it is one of them. */
static const char *
judge_words(command_words_fn *words, const char *text, char out[SAID_SIZE])
{
	size_t used = (size_t)snprintf(out, SAID_SIZE, "must be %s", words(0));

	for (size_t i = 0; words(i) != NULL; i++) {
		if (strcmp(words(i), text) == 0)
			return NULL;
		if (i > 0)
			used += (size_t)snprintf(out + used, SAID_SIZE - used,
			    "%s%s", words(i + 1) != NULL ? ", " : " or ",
			    words(i));
		assert(used < SAID_SIZE);
	}
	return out;
}

bool
command_judge(const struct command_line *line)
{
	char room[SAID_SIZE];
	bool good = true;

	for (size_t i = 0; i < line->given_count; i++) {
		const struct command_option *o = line->given[i].option;
		const char *value = line->given[i].value, *wrong = NULL;

		if (o->words != NULL && !o->later)
			wrong = judge_words(o->words, value, room);
		else if (o->judge != NULL)
			wrong = o->judge(value, strlen(value));
		if (wrong != NULL)
			command_refuse(o->name, wrong);
		good &= wrong == NULL;
	}
	return good;
}

/* ------------------------------------------------------------------ help */

static void
print_name(FILE *out, const struct command *c)
{
	fprintf(out, "koshin%s%s %s", c->group[0] != '\0' ? " " : "", c->group,
	    c->name);
}

/* `meant`: what it may stand for, or NULL. */
static bool
misuse(const struct command *c, const char *what, const char *about,
    const char *meant)
{
	const struct command_option *o;

	command_say("%s%.64s%s%s%s%s", what, about,
	    strlen(about) > 64 ? "..." : "",
	    meant != NULL ? "; did you mean " : "", meant != NULL ? meant : "",
	    meant != NULL ? "?" : "");
	fputs("usage: ", stderr);
	print_name(stderr, c);
	for (size_t i = 0; (o = command_option(c, i)) != NULL; i++)
		if (o->required)
			fprintf(stderr, " %s %s", o->name, o->value);
	fputs(" [OPTIONS]", stderr);
	if (c->word != NULL)
		fprintf(stderr, " %s", c->word);
	fputs("; see --help\n", stderr);
	return false;
}

bool
command_misused(const struct command *c, const char *what, const char *about)
{
	return misuse(c, what, about, NULL);
}

void
command_print_help(const struct command *c)
{
	const struct command_option *o;
	char left[48];

	print_name(stdout, c);
	printf(" [OPTIONS]%s%s\n\n%s.\n\nOptions:\n", c->word ? " " : "",
	    c->word ? c->word : "", c->help);
	for (size_t i = 0; (o = command_option(c, i)) != NULL; i++) {
		snprintf(left, sizeof(left), "%s%s%s", o->name,
		    o->value ? " " : "", o->value ? o->value : "");
		printf("  %-28s %s%s%s\n", left, o->help,
		    o->required ? " (required)" : "",
		    o->repeatable ? " (may be repeated)" : "");
	}
	printf("  %-28s %s\n", "--help", "show this help");
}

bool
command_asks_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* --------------------------------------------------------------- reading */

struct reader {
	struct command_line *line;
	int argc;
	char **argv;
	int at;
};

static bool
misused(const struct reader *r, const char *what, const char *about)
{
	return command_misused(r->line->command, what, about);
}

/* The option that differs from `text` in one letter, or NULL. */
static const char *
nearest_option(const struct command *c, const char *text)
{
	const struct command_option *o;

	for (size_t i = 0; (o = command_option(c, i)) != NULL; i++)
		if (nearest_is(text, strcspn(text, "="), o->name))
			return o->name;
	return NULL;
}

/* whoever lists processes reads the command line. */
static bool
unknown_option(const struct reader *r, const char *text)
{
	if (strncmp(text, "--password", 10) == 0 ||
	    strncmp(text, "--initial-password", 18) == 0 ||
	    strncmp(text, "--secret", 8) == 0 ||
	    strncmp(text, "--code", 6) == 0) {
		return misused(r,
		    "a secret does not belong on the command line, "
		    "where everybody on this system can see it; use "
		    "--password-file FILE, or - for standard input",
		    "");
	}
	return misuse(r->line->command, "unknown option ", text,
	    nearest_option(r->line->command, text));
}

static bool
read_option(struct reader *r)
{
	const char *text = r->argv[r->at++];
	size_t len = strcspn(text, "=");
	const struct command_option *o =
	    find_option(r->line->command, text, len);
	const char *value = text[len] == '=' ? text + len + 1 : NULL;

	if (o == NULL)
		return unknown_option(r, text);
	if (!o->repeatable && command_given(r->line, o->name))
		return misused(r, "option given twice: ", o->name);
	if (o->value == NULL && value != NULL)
		return misused(r, "option takes no value: ", o->name);
	if (o->value != NULL && value == NULL) {
		if (r->at >= r->argc)
			return misused(r, "missing value for ", o->name);
		value = r->argv[r->at++];
	}
	if (o->value != NULL && value[0] == '\0')
		return misused(r, "empty value for ", o->name);
	if (r->line->given_count == COMMAND_VALUES_MAX)
		return misused(r, "option given too often: ", o->name);
	r->line->given[r->line->given_count].option = o;
	r->line->given[r->line->given_count++].value = value;
	return true;
}

static bool
read_word(struct reader *r)
{
	const char *text = r->argv[r->at++];

	if (r->line->command->word == NULL || r->line->word != NULL)
		return misused(r, "unexpected argument: ", text);
	if (text[0] == '\0')
		return misused(r, "empty ", r->line->command->word);
	r->line->word = text;
	return true;
}

static bool
complete(const struct reader *r)
{
	const struct command *c = r->line->command;
	const struct command_option *o;

	if (c->word != NULL && c->word[0] != '[' && r->line->word == NULL)
		return misused(r, "missing ", c->word);
	for (size_t i = 0; (o = command_option(c, i)) != NULL; i++)
		if (o->required && !command_given(r->line, o->name))
			return misused(r, "missing ", o->name);
	return c->fits == NULL || c->fits(r->line);
}

bool
command_read(
    struct command_line *line, const struct command *c, int argc, char **argv)
{
	struct reader r = { .line = line, .argc = argc, .argv = argv };
	bool options = true;

	*line = (struct command_line){ .command = c };
	while (r.at < argc) {
		const char *text = argv[r.at];

		if (options && strcmp(text, "--") == 0) {
			options = false;
			r.at++;
		} else if (options && text[0] == '-' && text[1] != '\0') {
			if (!read_option(&r))
				return false;
		} else if (!read_word(&r)) {
			return false;
		}
	}
	return complete(&r);
}

size_t
command_values(const struct command_line *line, const char *name,
    const char **values, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < line->given_count && n < room; i++)
		if (strcmp(line->given[i].option->name, name) == 0)
			values[n++] = line->given[i].value;
	return n;
}

const char *
command_value(const struct command_line *line, const char *name)
{
	const char *value = NULL;

	command_values(line, name, &value, 1);
	return value;
}

bool
command_given(const struct command_line *line, const char *name)
{
	const char *value;

	return command_values(line, name, &value, 1) > 0;
}
