/*
 * koshin - finds the command in cli/commands/commands.c and runs it; or goes
 * on as a process of `koshin serve`, when that has executed it.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/nearest.h"
#include "cli/output.h"
#include "cli/session.h"
#include "serve/entry.h"
#include "serve/work.h"

#ifdef NDEBUG
#	error "What must never be is asserted in every build: leave NDEBUG out"
#endif

static void
print_all(FILE *out)
{
	const char *group = "";

	fputs("koshin COMMAND [OPTIONS]\n\n", out);
	for (const struct command *c = commands; c->name != NULL; c++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%s%s", c->group,
		    c->group[0] != '\0' ? " " : "", c->name);
		if (strcmp(group, c->group) != 0)
			fputc('\n', out);
		group = c->group;
		fprintf(out, "  %-24s %s\n", name, c->help);
	}
	fputs("\n`koshin COMMAND --help` shows the options of a command. "
	      "Exit status: 0 success,\n1 failure, 2 usage error. See also "
	      "koshin(8).\n",
	    out);
}

/* What begins a command, or the second word of one of that group. */
static const char *
word_of(const struct command *c, const char *group)
{
	if (group[0] == '\0')
		return c->group[0] != '\0' ? c->group : c->name;
	return strcmp(c->group, group) == 0 ? c->name : NULL;
}

static const char *
nearest(const char *group, const char *typed)
{
	for (const struct command *c = commands; c->name != NULL; c++) {
		const char *word = word_of(c, group);

		if (word != NULL && nearest_is(typed, strlen(typed), word))
			return word;
	}
	return NULL;
}

/* What was typed may be long, and is nothing of ours. */
static void
say_unknown(const char *group, const char *name)
{
	const char *blank = group[0] != '\0' ? " " : "";
	const char *meant = nearest(group, name);

	if (meant == NULL)
		command_say("unknown command %s%s%.64s%s", group, blank, name,
		    strlen(name) > 64 ? "..." : "");
	else
		command_say("unknown command %s%s%s; did you mean %s%s%s?",
		    group, blank, name, group, blank, meant);
}

/* How many words its name has, if it begins with it; else 0. */
static int
named(const struct command *c, int argc, char **argv)
{
	if (c->group[0] == '\0')
		return strcmp(c->name, argv[0]) == 0;
	return argc > 1 && strcmp(c->group, argv[0]) == 0 &&
		       strcmp(c->name, argv[1]) == 0
		   ? 2
		   : 0;
}

/* `koshin user`: what can be done in that group. */
static void
print_group(const char *group, FILE *out)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->group, group) == 0)
			fprintf(out, "koshin %s %-18s %s\n", c->group, c->name,
			    c->help);
}

/* `koshin user lis`: the words that there are. */
static void
print_words(const char *group, FILE *out)
{
	char before = ' ';

	fprintf(out, "usage: koshin %s", group);
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->group, group) == 0) {
			fprintf(out, "%c%s", before, c->name);
			before = '|';
		}
	fputc('\n', out);
}

static bool
is_group(const char *word)
{
	const struct command *c = commands;

	while (c->name != NULL && strcmp(c->group, word) != 0)
		c++;
	return word[0] != '\0' && c->name != NULL;
}

static enum command_exit
no_command(int argc, char **argv)
{
	if (!is_group(argv[0])) {
		say_unknown("", argv[0]);
		fputs("usage: koshin COMMAND [OPTIONS]; `koshin --help` lists "
		      "all commands\n",
		    stderr);
		return COMMAND_MISUSED;
	}
	if (argc > 1 && command_asks_help(argc, argv)) {
		print_group(argv[0], stdout);
		return COMMAND_DONE;
	}
	if (argc == 1) {
		print_group(argv[0], stderr);
	} else {
		say_unknown(argv[0], argv[1]);
		print_words(argv[0], stderr);
	}
	return COMMAND_MISUSED;
}

static enum command_exit
run(int argc, char **argv)
{
	struct command_line line;
	const struct command *c = commands;
	int used = 0;

	if (argc == 0) {
		print_all(stderr);
		return COMMAND_MISUSED;
	}
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
		print_all(stdout);
		return COMMAND_DONE;
	}
	if (strcmp(argv[0], "--version") == 0)
		argv[0] = argv[0] + 2;
	while (c->name != NULL && (used = named(c, argc, argv)) == 0)
		c++;
	if (c->name == NULL)
		return no_command(argc, argv);
	if (command_asks_help(argc - used, argv + used)) {
		command_print_help(c);
		return COMMAND_DONE;
	}
	if (!command_read(&line, c, argc - used, argv + used))
		return COMMAND_MISUSED;
	return session_run(&line);
}

int
main(int argc, char **argv)
{
	const struct service *service = entry_service(argv[0]);
	entry_work *work = service != NULL ? work_of(service) : NULL;
	enum command_exit status;

	/* A reader that goes away is an error like any other. */
	signal(SIGPIPE, SIG_IGN);
	if (work != NULL)
		return entry_run(service, work, argv[1], argv[2]);
	/* A command says itself what it does; serve opens the log anew. */
	log_open("koshin", LOG_LINE_WARN);
	status = run(argc - 1, argv + 1);
	return output_flush() ? (int)status : COMMAND_FAILED;
}
