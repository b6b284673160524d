/*
 * koshin serve. The CA key is not touched here: only the issuer reads it.
 */
#include "serve/parent.h"

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/fit.h"

static enum command_exit
run_serve(const struct command_line *line)
{
	struct config *c = session_config(line, true);
	int status = 1;

	if (c == NULL)
		return COMMAND_FAILED;
	if (fit_ca(c, false) && fit_mails(c))
		status = parent_run(c);
	config_free(c);
	return status == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command serve_command = { "", "serve", NULL,
	"runs the service in the foreground until SIGTERM",
	(const struct command_option[]){ COMMAND_CONFIG, COMMAND_END },
	run_serve };
