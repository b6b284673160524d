/*
 * desk - where the operator's commands work: configuration, database, and
 * who is asking. Blocking; one question after the other.
 *
 * libpq's types are seen only in desk.c and database.c.
 */
#ifndef CLI_DESK_H
#define CLI_DESK_H

#include "cli/command.h"
#include "cli/database.h"
#include "config/config.h"

struct desk {
	const struct command_line *line;
	struct config *config;
	struct database *database;
	char actor[128]; /* stands in the audit trail */
};

/* Opens configuration and database, works, and closes them. */
enum command_exit desk_run(
    const struct command_line *, enum command_exit (*work)(struct desk *));

/*
 * The configuration by --config, $KOSHIN_CONFIG or the usual place; NULL, and
 * each fault has been said. Sets the time zone of the process. `whole`: the
 * files it names must be there too.
 */
struct config *desk_config(const struct command_line *, bool whole);
const char *desk_config_path(const struct command_line *);

/* A whole number from --limit; false, and it has been said. */
bool desk_limit(const struct command_line *, const char **limit);

#endif
