#include "cli/session.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "cli/lookup.h"
#include "cli/proof.h"

/* By --config, $KOSHIN_CONFIG or the usual place. */
static const char *
config_path(const struct command_line *line)
{
	const char *path = command_value(line, "--config");

	if (path == NULL)
		path = getenv("KOSHIN_CONFIG");
	if (path == NULL || path[0] == '\0')
		path = KOSHIN_SYSCONFDIR "/koshin.yaml";
	return path;
}

static bool
needs(const struct session *d, enum command_needs what)
{
	return (d->line->command->needs & what) == what;
}

/* Sets the time zone of the process, too. */
static bool
open_config(struct session *d)
{
	const char *path = config_path(d->line);

	d->config = config_read(path, command_say_line, NULL);
	if (d->config != NULL && !clock_zone(d->config->service.zone))
		abort(); /* it was checked */
	return d->config != NULL;
}

/* The person, also behind sudo; as far as this system knows. */
static void
find_remark(struct session *d)
{
	const char *name = command_value(d->line, "--actor");
	struct passwd *user = getpwuid(getuid());

	if (name == NULL && getuid() == 0)
		name = getenv("SUDO_USER");
	if (name == NULL && user != NULL)
		name = user->pw_name;
	if (name != NULL)
		snprintf(d->remark, sizeof(d->remark), "%s", name);
	else
		snprintf(
		    d->remark, sizeof(d->remark), "uid %u", (unsigned)getuid());
}

static bool
open_database(struct session *d)
{
	d->database = database_open(d->who == AUTHORITY_OPERATOR
					? d->config->database.operator_
					: d->config->database.member);
	return d->database != NULL;
}

/* False: it has been said. */
static bool
open_all(struct session *d, const char *as)
{
	if (needs(d, COMMAND_CONFIG) && !open_config(d))
		return false;
	if (!command_judge(d->line) ||
	    (needs(d, COMMAND_DATABASE) && !open_database(d)))
		return false;
	if (needs(d, COMMAND_REDIS)) {
		d->counters = counters_open(d->config);
		if (d->counters == NULL)
			return false;
	}
	return (as == NULL || proof_enter(d, as)) && lookup_target(d);
}

static void
close_all(struct session *d)
{
	proof_end(d);
	counters_close(d->counters);
	desk_close(d->desk);
	database_close(d->database);
	config_free(d->config);
}

enum command_exit
session_run(const struct command_line *line)
{
	struct session d = { .line = line, .who = AUTHORITY_OPERATOR };
	const char *as = command_value(line, "--as");
	bool done;

	if (as != NULL ? command_given(line, "--actor")
		       : command_given(line, "--as-password-file")) {
		command_misused(line->command,
		    as != NULL ? "--as says who does it; --actor is the "
				 "operator's remark"
			       : "--as-password-file goes with --as",
		    "");
		return COMMAND_MISUSED;
	}
	if (as != NULL || needs(&d, COMMAND_OUTSIDE))
		d.who = AUTHORITY_NOBODY; /* so far */
	if (needs(&d, COMMAND_DATABASE))
		find_remark(&d);
	done = open_all(&d, as) && line->command->act(&d);
	close_all(&d);
	if (d.misused)
		return COMMAND_MISUSED;
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

struct desk *
session_desk(struct session *d)
{
	if (d->desk == NULL)
		d->desk = desk_open(d->config);
	return d->desk;
}

const char *
session_contract(const struct session *d)
{
	return d->who == AUTHORITY_OPERATOR ? NULL : d->self.contract;
}
