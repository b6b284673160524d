/*
 * session - where the operator's commands work: configuration, database, and
 * who is asking. Blocking; one question after the other.
 *
 * libpq's types are seen only in session.c and database.c.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/command.h"
#include "cli/database.h"
#include "config/config.h"
#include "policy/authority.h"

struct session {
	const struct command_line *line;
	struct config *config;
	struct database *database;
	char actor[128];	   /* stands in the audit trail */
	enum authority_who who;	   /* the operator, or whom --as names */
	struct facts_account self; /* that user; id 0 is the operator */
};

/*
 * Opens configuration and database, works, and closes them. With --as it
 * works in a session of that user, whose password is asked for and proved.
 */
enum command_exit session_run(
    const struct command_line *, enum command_exit (*work)(struct session *));
/* The same for somebody who has no session yet (R-ACC-2, R-ACC-7). */
enum command_exit session_run_outside(
    const struct command_line *, enum command_exit (*work)(struct session *));
/* The contract to which statements are held; NULL for the operator. */
const char *session_contract(const struct session *);

/*
 * The configuration by --config, $KOSHIN_CONFIG or the usual place; NULL, and
 * each fault has been said. Sets the time zone of the process. `whole`: the
 * files it names must be there too.
 */
struct config *session_config(const struct command_line *, bool whole);

/* A whole number from --limit; false, and it has been said. */
bool session_limit(const struct command_line *, const char **limit);

#endif
