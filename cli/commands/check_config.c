/*
 * koshin check-config, profile show - what the configuration says, and
 * whether the service can start with it (X-08..X-11).
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/fit.h"
#include "config/config_show.h"
#include "serve/preflight.h"

/* Last, since it goes on as the user of the service. */
static bool
stores_fit(const struct config *c)
{
	struct fault why;
	bool fit = preflight_stores(c, &why);

	if (!fit)
		command_say("%s", why.text);
	return fit;
}

static enum command_exit
run_check(const struct command_line *line)
{
	struct config *c = session_config(line, true);
	bool good;

	if (c == NULL)
		return COMMAND_FAILED;
	good = fit_ca(c, true);
	good &= fit_mails(c);
	good &= stores_fit(c);
	if (command_given(line, "--show"))
		config_show(c, stdout);
	else if (good)
		printf("%s: good\n", c->path);
	config_free(c);
	return good ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command check_config_command = { "", "check-config", NULL,
	"checks the configuration and every file it names",
	(const struct command_option[]){
	    { "--show", NULL, "print all values in force", false, false },
	    COMMAND_CONFIG, COMMAND_END },
	run_check };

static enum command_exit
run_profile(const struct command_line *line)
{
	struct config *c = session_config(line, false);
	const char *name = line->word;
	const struct profile *p;

	if (c == NULL)
		return COMMAND_FAILED;
	p = name != NULL ? config_profile(c, name, strlen(name)) : NULL;
	if (name != NULL && p == NULL)
		command_say("there is no profile `%.64s`", name);
	for (unsigned i = 0; i < c->profiles_count; i++)
		if (name == NULL || p == &c->profiles[i])
			config_show_profile(&c->profiles[i], stdout);
	config_free(c);
	return name == NULL || p != NULL ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command profile_show = { "profile", "show", "[NAME]",
	"shows one profile, or all; the first is the default",
	(const struct command_option[]){ COMMAND_CONFIG, COMMAND_END },
	run_profile };
