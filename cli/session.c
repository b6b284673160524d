#include "cli/session.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "cli/escape.h"
#include "cli/proof.h"

static void
on_fault(void *arg, const char *line)
{
	(void)arg;
	escape_put(stderr, line);
	fputc('\n', stderr);
}

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

struct config *
session_config(const struct command_line *line, bool whole)
{
	const char *path = config_path(line);
	struct config *config = whole ? config_load(path, on_fault, NULL)
				      : config_read(path, on_fault, NULL);

	if (config != NULL && !clock_zone(config->service.zone))
		abort(); /* it was checked */
	return config;
}

/* The person, also behind sudo. */
static void
find_actor(struct session *d)
{
	const char *name = command_value(d->line, "--actor");
	struct passwd *user = getpwuid(getuid());

	if (name == NULL && getuid() == 0)
		name = getenv("SUDO_USER");
	if (name == NULL && user != NULL)
		name = user->pw_name;
	if (name != NULL)
		snprintf(d->actor, sizeof(d->actor), "%s", name);
	else
		snprintf(
		    d->actor, sizeof(d->actor), "uid %u", (unsigned)getuid());
}

static enum command_exit
run(struct session *d, const char *conninfo,
    enum command_exit (*work)(struct session *))
{
	const char *as = command_value(d->line, "--as");
	enum command_exit status = COMMAND_FAILED;

	d->database = database_open(conninfo);
	if (d->database != NULL && (as == NULL || proof_enter(d, as)))
		status = work(d);
	database_close(d->database);
	config_free(d->config);
	secret_wipe(d->self.password_hash, sizeof(d->self.password_hash));
	return status;
}

enum command_exit
session_run(const struct command_line *line,
    enum command_exit (*work)(struct session *))
{
	struct session d = { .line = line, .who = AUTHORITY_OPERATOR };
	bool as = command_given(line, "--as");

	if (as ? command_given(line, "--actor")
	       : command_given(line, "--as-password-file")) {
		command_say(as ? "--as says who does it; --actor is the "
				 "operator's"
			       : "--as-password-file goes with --as");
		command_print_usage(line->command);
		return COMMAND_MISUSED;
	}
	d.config = session_config(line, false);
	if (d.config == NULL)
		return COMMAND_FAILED;
	find_actor(&d);
	return run(&d,
	    as ? d.config->database.member : d.config->database.operator_,
	    work);
}

enum command_exit
session_run_outside(const struct command_line *line,
    enum command_exit (*work)(struct session *))
{
	struct session d = { .line = line,
		.config = session_config(line, false),
		.who = AUTHORITY_NOBODY };

	if (d.config == NULL)
		return COMMAND_FAILED;
	return run(&d, d.config->database.member, work);
}

const char *
session_contract(const struct session *d)
{
	return d->who == AUTHORITY_OPERATOR ? NULL : d->self.contract;
}

bool
session_limit(const struct command_line *line, const char **limit)
{
	const char *text = command_value(line, "--limit");

	*limit = text != NULL ? text : "1000";
	if (strlen(*limit) <= 9 &&
	    (*limit)[strspn(*limit, "0123456789")] == '\0' &&
	    strspn(*limit, "0") < strlen(*limit))
		return true;
	command_refuse("--limit", "must be a number from 1 to 999999999");
	return false;
}
