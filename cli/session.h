/*
 * session - where commands work: configuration, database, Redis, and who is
 * asking. Blocking; one question after the other.
 *
 * libpq's types are seen only in session.c and database.c.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "base/digest.h"
#include "cli/command.h"
#include "cli/counters.h"
#include "cli/database.h"
#include "cli/desk.h"
#include "cli/field.h"
#include "config/config.h"
#include "policy/authority.h"

struct session {
	const struct command_line *line;
	struct config *config;
	struct database *database; /* NULL: the command needs none */
	struct counters *counters; /* the same, or not yet */
	struct desk *desk;	   /* NULL: no password was looked at yet */
	bool misused;		   /* not done, since it was called wrongly */
	char remark[128];	   /* stands in the audit trail */
	enum authority_who who;	   /* the operator, or whom --as names */
	struct facts_account self; /* that user; id 0 is the operator */
	/* Of the session in the database (cli/proof.h); empty: none. */
	char token[DIGEST_HEX_SIZE];
	/* What the command acts on, if its row says so. */
	struct facts_account target;
	char serial[FIELD_SERIAL_DIGITS + 1];
};

/*
 * Opens what the command's row needs, judges the values of options, and with
 * --as has that user prove a password and works in a session of that user;
 * asks whether the actor may; acts; and closes all of it.
 */
enum command_exit session_run(const struct command_line *);
/* Who looks at passwords for it. NULL: nobody can, and it has been said. */
struct desk *session_desk(struct session *);
/* The contract to which statements are held; NULL for the operator. */
const char *session_contract(const struct session *);

#endif
