#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/escape.h"

#define SAID_SIZE 2048

void
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
}

enum command_exit
command_refuse(const char *what, const char *why)
{
	command_say("%s: %s", what, why);
	return COMMAND_FAILED;
}

/* ------------------------------------------------------------------ help */

static void
print_name(FILE *out, const struct command *c)
{
	fprintf(out, "koshin%s%s %s", c->group[0] != '\0' ? " " : "", c->group,
	    c->name);
}

void
command_print_usage(const struct command *c)
{
	fputs("usage: ", stderr);
	print_name(stderr, c);
	for (const struct command_option *o = c->options; o->name; o++)
		if (o->required)
			fprintf(stderr, " %s %s", o->name, o->value);
	fputs(" [OPTIONS]", stderr);
	if (c->word != NULL)
		fprintf(stderr, " %s", c->word);
	fputs("; --help explains\n", stderr);
}

void
command_print_help(const struct command *c)
{
	char left[48];

	print_name(stdout, c);
	printf(" [OPTIONS]%s%s\n\n%s.\n\nOptions:\n", c->word ? " " : "",
	    c->word ? c->word : "", c->help);
	for (const struct command_option *o = c->options; o->name; o++) {
		snprintf(left, sizeof(left), "%s%s%s", o->name,
		    o->value ? " " : "", o->value ? o->value : "");
		printf("  %-28s %s%s%s\n", left, o->help,
		    o->required ? " (required)" : "",
		    o->repeatable ? " (may be repeated)" : "");
	}
	printf("  %-28s %s\n", "--help", "this text");
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

/* Says what is wrong, cut to a length that can be read. */
static bool
misused(const struct reader *r, const char *what, const char *about)
{
	command_say("%s%.64s%s", what, about, strlen(about) > 64 ? "..." : "");
	command_print_usage(r->line->command);
	return false;
}

static const struct command_option *
find_option(const struct command *c, const char *text, size_t len)
{
	for (const struct command_option *o = c->options; o->name; o++)
		if (strlen(o->name) == len && strncmp(o->name, text, len) == 0)
			return o;
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
		command_say("a secret does not belong on the command line, "
			    "where everybody on this system sees it; use "
			    "--password-file FILE, or - for standard input");
		command_print_usage(r->line->command);
		return false;
	}
	return misused(r, "there is no option ", text);
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
		return misused(r, "given twice: ", o->name);
	if (o->value == NULL && value != NULL)
		return misused(r, "no value goes with ", o->name);
	if (o->value != NULL && value == NULL) {
		if (r->at >= r->argc)
			return misused(r, "no value for ", o->name);
		value = r->argv[r->at++];
	}
	if (o->value != NULL && value[0] == '\0')
		return misused(r, "empty value of ", o->name);
	if (r->line->given_count == COMMAND_VALUES_MAX)
		return misused(r, "too often: ", o->name);
	r->line->given[r->line->given_count].name = o->name;
	r->line->given[r->line->given_count++].value = value;
	return true;
}

static bool
read_word(struct reader *r)
{
	const char *text = r->argv[r->at++];

	if (r->line->command->word == NULL || r->line->word != NULL)
		return misused(r, "one word too many: ", text);
	if (text[0] == '\0')
		return misused(r, "empty ", r->line->command->word);
	r->line->word = text;
	return true;
}

static bool
complete(const struct reader *r)
{
	const struct command *c = r->line->command;

	if (c->word != NULL && c->word[0] != '[' && r->line->word == NULL)
		return misused(r, "missing ", c->word);
	for (const struct command_option *o = c->options; o->name; o++)
		if (o->required && !command_given(r->line, o->name))
			return misused(r, "missing ", o->name);
	return true;
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

const char *
command_value(const struct command_line *line, const char *name)
{
	for (size_t i = 0; i < line->given_count; i++)
		if (strcmp(line->given[i].name, name) == 0)
			return line->given[i].value;
	return NULL;
}

bool
command_given(const struct command_line *line, const char *name)
{
	for (size_t i = 0; i < line->given_count; i++)
		if (strcmp(line->given[i].name, name) == 0)
			return true;
	return false;
}

size_t
command_values(const struct command_line *line, const char *name,
    const char **values, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < line->given_count && n < room; i++)
		if (strcmp(line->given[i].name, name) == 0)
			values[n++] = line->given[i].value;
	return n;
}
