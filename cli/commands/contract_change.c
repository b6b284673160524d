/*
 * koshin contract reset, unblock, close (R-ACC-8a, R-LOCK-7).
 */
#include "cli/commands/commands.h"
#include "cli/counters.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/password.h"
#include "cli/lookup.h"

/* --reason, and that the actor may. */
static bool
ready(struct session *d, enum authority_act act)
{
	return field_reason(command_value(d->line, "--reason")) &&
	       lookup_contract(d, act, d->line->word);
}

/*
 * What Redis remembers of the contract is set to zero; first there, or it
 * would be carried back (db/attempts.h).
 */
static bool
lift_counters(struct session *d)
{
	struct counters *n = counters_open(d->config);
	bool lifted = n != NULL && counters_lift(n, d->line->word);

	counters_close(n);
	return lifted;
}

/* ----------------------------------------------------------------- reset */

static enum command_exit
reset(struct session *d)
{
	char hash[PASSWORD_HASH_SIZE] = "", made[PASSWORD_TEXT_SIZE];
	struct people_sql_question q = people_sql_reset_contract(
	    d->actor, d->line->word, hash, command_value(d->line, "--reason"));
	bool done;

	if (!ready(d, AUTHORITY_RESET_CONTRACT) ||
	    !password_take(d, PASSWORD_INITIAL, hash, made))
		return COMMAND_FAILED;
	done = lift_counters(d) && database_do(d->database, &q);
	if (!done)
		made[0] = '\0';
	password_show(made);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
run_reset(const struct command_line *line)
{
	return session_run(line, reset);
}

const struct command contract_reset = { "contract", "reset", "NUMBER",
	"lets the master user register again",
	(const struct command_option[]){ FIELD_REASON, PASSWORD_OPTIONS,
	    COMMAND_ACTOR, COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_reset };

/* --------------------------------------------------------------- unblock */

static enum command_exit
unblock(struct session *d)
{
	struct people_sql_question q = people_sql_lift_contract(
	    d->actor, d->line->word, command_value(d->line, "--reason"));

	if (!ready(d, AUTHORITY_UNBLOCK_CONTRACT) || !lift_counters(d) ||
	    !database_do(d->database, &q))
		return COMMAND_FAILED;
	if (!database_switch(d->database, 0, 0))
		command_say("contract %s was not blocked; nothing to do",
		    d->line->word);
	return COMMAND_DONE;
}

static enum command_exit
run_unblock(const struct command_line *line)
{
	return session_run(line, unblock);
}

const struct command contract_unblock = { "contract", "unblock", "NUMBER",
	"lifts the lock or block of a contract",
	(const struct command_option[]){ FIELD_REASON, COMMAND_ACTOR,
	    COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_unblock };

/* ----------------------------------------------------------------- close */

static enum command_exit
close_contract(struct session *d)
{
	struct people_sql_question q = people_sql_close_contract(
	    d->actor, d->line->word, command_value(d->line, "--reason"));

	return ready(d, AUTHORITY_CLOSE_CONTRACT) &&
		       database_do(d->database, &q)
		   ? COMMAND_DONE
		   : COMMAND_FAILED;
}

static enum command_exit
run_close(const struct command_line *line)
{
	return session_run(line, close_contract);
}

const struct command contract_close = { "contract", "close", "NUMBER",
	"closes a contract and its users for good",
	(const struct command_option[]){ FIELD_REASON, COMMAND_ACTOR,
	    COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_close };
